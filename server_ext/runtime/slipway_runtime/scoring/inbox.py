"""A worker's frames as they come in: the next one, unless the front has withdrawn it by then."""

import socket
from collections import deque
from typing import Deque, Optional, Tuple

from . import frames

Frame = Tuple[int, int, bytes]  # kind, number, payload

_PORTION = 1 << 18


class Inbox:
    """Reads frames from a connected socket."""

    def __init__(self, connection: socket.socket) -> None:
        self._connection = connection
        self._buffer = bytearray()
        self._waiting: Deque[Frame] = deque()
        self._closed = False

    def next(self) -> Optional[Frame]:
        """Waits for a frame; None where the front has closed the connection."""
        # What has arrived by now comes first: it may withdraw a frame that waits here.
        while self._receive(socket.MSG_DONTWAIT):
            pass
        while not self._waiting and not self._closed:
            self._receive(0)
        return None if self._closed else self._waiting.popleft()

    def _receive(self, flags: int) -> bool:
        """Whether something came that may not have been all."""
        try:
            data = self._connection.recv(_PORTION, flags)
        except BlockingIOError:
            return False
        if not data:
            self._closed = True
            return False
        self._buffer += data
        self._sort_out()
        return len(data) == _PORTION

    def _sort_out(self) -> None:
        at = 0
        while len(self._buffer) - at >= frames.HEADER.size:
            size, kind, number = frames.HEADER.unpack_from(self._buffer, at)
            start = at + frames.HEADER.size
            if len(self._buffer) < start + size:
                break
            at = start + size
            if kind == frames.WITHDRAW:
                self._waiting = deque(frame for frame in self._waiting if frame[1] != number)
            else:
                self._waiting.append((kind, number, bytes(self._buffer[start:at])))
        del self._buffer[:at]
