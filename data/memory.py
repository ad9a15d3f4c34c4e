"""How a process that lives beside others keeps its memory small."""

import ctypes
import os

#: For jemalloc, in which polars and deltalake keep their tables; it reads this as they are loaded. What is given back
#: goes at once. Else the peak of a run is a quarter higher, and it is no quicker.
SPARING = {"_RJEM_MALLOC_CONF": "narenas:2,dirty_decay_ms:0,muzzy_decay_ms:0"}


#: For the C library's allocator (mallopt(3)): two arenas, and what is 128 kB or more goes back to the system when it is
#: freed. By itself it makes eight arenas a core, and keeps blocks of up to 32 MB once it has seen some.
_M_MMAP_THRESHOLD, _M_ARENA_MAX = -3, -8


def spare() -> None:
    """Be sparing in this process, unless its environment says otherwise; to be called before polars is loaded."""
    for name, value in SPARING.items():
        os.environ.setdefault(name, value)
    set_option = getattr(ctypes.CDLL(None), "mallopt", None)
    if set_option:
        set_option(_M_ARENA_MAX, 2)
        set_option(_M_MMAP_THRESHOLD, 131_072)


def give_back() -> None:
    """Give the system what Python's own allocator, the C library's, has free; others than glibc are left alone."""
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
    if trim:
        trim(0)
