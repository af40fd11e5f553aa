class Link:
    def __init__(self, value, next=None):
        self.value = value
        self.next = next

    @classmethod
    def chain(cls, *values):
        head = None
        for value in reversed(values):
            head = cls(value, head)
        return head


def values(link):
    found = []
    while link:
        found.append(link.value)
        link = link.next
    return found


def remove_from_end(head, count):
    """Remove the count-th node from the end (1 is the last); the new first node."""
    before = slow = fast = Link(None, head)
    for _ in range(count):
        fast = fast.next
    while fast.next:
        slow, fast = slow.next, fast.next
    slow.next = slow.next.next
    return head
