"""Python as macOS has it, as far as Linux can show it: imported by each process before anything else.

What only Linux's modules name is gone, /proc and /sys cannot be opened, a limit of address space is refused, and
looking up proxies in the system's settings ends the process, as it does there in a process that is a fork.
"""

import fcntl
import mmap
import os
import re
import resource
import select
import selectors
import signal
import socket
import sys
import types

ONLY_LINUX = {
    fcntl: "F_OFD_|F_ADD_SEALS|F_GET_SEALS|F_(SET|GET)(PIPE|SIG|LEASE)|F_NOTIFY|DN_|LOCK_(MAND|READ|WRITE|RW)",
    mmap: "MAP_(POPULATE|DENYWRITE|EXECUTABLE|STACK)|MADV_(DO|HUGE|NOHUGE|MERGE|UNMERGE|REMOVE)",
    os: "posix_fa|fdatasync|sched_[gsr]|[gs]etres[ug]id|pidfd|eventfd|memfd|splice|copy_file_range|getrandom|.*xattr"
    "|pipe2|unshare|setns|timerfd|EFD_|MFD_|SPLICE|GRND_|XATTR|CLONE_|RWF_|P_PIDFD|TFD_"
    "|O_(TMPFILE|PATH|DIRECT|NOATIME|LARGEFILE|RSYNC)",
    resource: "prlimit|RLIMIT_(MSGQUEUE|NICE|OFILE|RTPRIO|RTTIME|SIGPENDING)|RUSAGE_THREAD",
    select: "epoll|EPOLL",
    selectors: "EpollSelector",
    signal: "sigwaitinfo|sigtimedwait|pidfd|SIGRT|SIGPWR|SIGPOLL|SIGSTKFLT|SIGCLD",
    socket: "SOCK_(CLOEXEC|NONBLOCK)|SO_(BINDTODEVICE|DOMAIN|PROTOCOL|PRIORITY|MARK|PASS|PEER|INCOMING)"
    "|TCP_(CORK|DEFER|LINGER2|QUICKACK|SYNCNT|USER_TIMEOUT|WINDOW_CLAMP|CONGESTION)"
    "|AF_(NETLINK|PACKET|VSOCK|CAN|ALG|TIPC|RDS)",
}
"""Regular expressions for the beginning of names."""
set_limit = resource.setrlimit


def set_limit_as_macos(kind: int, limits: tuple[int, int]) -> None:
    if kind == resource.RLIMIT_AS:
        raise ValueError("current limit exceeds maximum limit")
    set_limit(kind, limits)


def end_process(*_arguments: object) -> None:
    os.abort()


def refuse_linux_files(event: str, arguments: tuple[object, ...]) -> None:
    if event in ("open", "os.listdir", "os.scandir") and str(arguments[0]).startswith(("/proc", "/sys")):
        raise FileNotFoundError(arguments[0])


for module, names in ONLY_LINUX.items():
    for name in [name for name in vars(module) if re.match(names, name)]:
        delattr(module, name)
vars(selectors)["DefaultSelector"] = selectors.PollSelector
resource.setrlimit = set_limit_as_macos
settings = types.ModuleType("_scproxy")
vars(settings).update(_get_proxies=end_process, _get_proxy_settings=end_process)
sys.modules["_scproxy"] = settings
sys.addaudithook(refuse_linux_files)
sys.platform = "darwin"
