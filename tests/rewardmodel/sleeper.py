"""A module to run as a child process: says its process ids and waits, or ends as it is told."""

import os
import subprocess
import sys
import time

if __name__ == "__main__":
    if sys.argv[1] == "exit":
        sys.exit(int(sys.argv[2]))
    grandchild = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
    print(os.getpid(), grandchild.pid, os.environ["OMP_WAIT_POLICY"], flush=True)
    time.sleep(600)
