"""Opens a page in the user's own browser, where there is one to be seen."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Mapping

_REMOTE = ("SSH_CONNECTION", "SSH_CLIENT", "SSH_TTY")
_SCREENS = ("BROWSER", "DISPLAY", "WAYLAND_DISPLAY")


def has_browser(environment: Mapping[str, str], *, on_terminal: bool) -> bool:
    """Whether a page that is opened would be seen: by who sits at this machine's screen, or names a BROWSER."""
    if not on_terminal or any(environment.get(name) for name in _REMOTE):
        return False
    return sys.platform == "darwin" or any(environment.get(name) for name in _SCREENS)


def open_page(address: str, environment: Mapping[str, str]) -> bool:
    """Open an address that was checked; whether a browser took it. BROWSER is honoured."""
    import webbrowser

    with contextlib.suppress(webbrowser.Error, OSError):
        browser = webbrowser.get()
        is_of_text = isinstance(browser, webbrowser.GenericBrowser) and not isinstance(
            browser, webbrowser.BackgroundBrowser
        )
        # One that the user did not choose would take the terminal away from the sign-in.
        if environment.get("BROWSER") or not is_of_text:
            return browser.open(address)
    return False
