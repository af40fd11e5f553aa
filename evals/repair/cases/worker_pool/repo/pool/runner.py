import subprocess
import time


def run_all(commands, at_once=2):
    """Run every command as a child process, some at once; how many ended well."""
    waiting = list(commands)
    running, children = [], []
    while waiting or running:
        while waiting and len(running) < at_once:
            child = subprocess.Popen(waiting.pop(0), stdout=subprocess.DEVNULL)
            running.append(child)
            children.append(child)
        if running:
            time.sleep(0.01)
            running = [child for child in running if child.poll() is not None]
    return sum(child.returncode == 0 for child in children)
