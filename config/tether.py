"""`tether.py SIGNAL COMMAND…`: run COMMAND so that it gets SIGNAL when the process that started it dies.

Linux only (prctl); elsewhere it just runs the command. What a killed supervisor leaves behind would hold its port and
its sockets, and a second start would fail.
"""

import ctypes
import os
import signal
import sys

PR_SET_PDEATHSIG = 1


def main() -> None:
    name, *command = sys.argv[1:]
    if sys.platform == "linux":
        parent = os.getppid()
        ctypes.CDLL(None, use_errno=True).prctl(PR_SET_PDEATHSIG, signal.Signals[f"SIG{name}"], 0, 0, 0)
        # The parent may have died before the request was made.
        if os.getppid() != parent:
            sys.exit(1)
    os.execv(command[0], command)  # noqa: S606  the command comes from our own supervisor


if __name__ == "__main__":
    main()
