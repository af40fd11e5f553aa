from collections import deque


def reachable(doors, start):
    """Rooms that can be reached through doors, in the order of their distance."""
    seen = {start}
    order = []
    waiting = deque([start])
    while waiting:
        room = waiting.popleft()
        order.append(room)
        for other in doors.get(room, []):
            if other not in seen:
                waiting.append(other)
    return order
