def elimination_order(people, step):
    """Who leaves the circle when each step-th person goes, in order."""
    people = list(people)
    order = []
    position = 0
    while people:
        position = position + step - 1
        order.append(people.pop(position))
    return order
