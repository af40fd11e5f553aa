def make_buttons(names, log):
    """An action for each name that writes the name's position to log."""
    actions = {}
    for position, name in enumerate(names):
        actions[name] = lambda times=1: log.extend([position] * times)
    return actions


def press(names, presses):
    log = []
    buttons = make_buttons(names, log)
    for name in presses:
        buttons[name]()
    return log
