"""WebSocket by hand (RFC 6455), for clients that are wrong on purpose or too many for a library."""
import base64
import os
import struct

CONTINUATION, TEXT, BINARY, CLOSE, PING, PONG = 0, 1, 2, 8, 9, 10


def upgrade(host: str = 'a', key: bytes | None = None, path: str = '/ws', **headers) -> bytes:
    """The request that opens a socket. Underscores of `headers` are dashes."""
    named = base64.b64encode(key or os.urandom(16)).decode()
    lines = [f'GET {path} HTTP/1.1', f'Host: {host}', 'Connection: Upgrade', 'Upgrade: websocket', 'Sec-WebSocket-Version: 13',
             f'Sec-WebSocket-Key: {named}', *(f'{name.replace("_", "-")}: {value}' for name, value in headers.items())]
    return '\r\n'.join([*lines, '', '']).encode()


def frame(payload: bytes, opcode: int = BINARY, final: bool = True, masked: bool = True, reserved: int = 0, length: int | None = None,
          key: bytes | None = None) -> bytes:
    """One frame (§5.2). `length`: what it says of itself, when that is not true. A `key` of zeros changes nothing, and costs nothing."""
    length = len(payload) if length is None else length
    first, mask_bit = (0x80 if final else 0) | reserved << 4 | opcode, 0x80 if masked else 0
    head = bytes([first, mask_bit | length]) if length < 126 else \
        struct.pack('!BBH', first, mask_bit | 126, length) if length < 65536 else \
        struct.pack('!BBQ', first, mask_bit | 127, length)
    if not masked:
        return head + payload
    key = os.urandom(4) if key is None else key
    if any(key):
        payload = bytes(byte ^ key[index % 4] for index, byte in enumerate(payload))
    return head + key + payload


def take(buffer: bytearray) -> tuple[int, bytes] | None:
    """The next whole frame of a server, out of the buffer: (opcode, payload)."""
    if len(buffer) < 2:
        return None
    size, at = buffer[1] & 127, 2
    if size >= 126:
        form, at = ('!H', 4) if size == 126 else ('!Q', 10)
        if len(buffer) < at:
            return None
        size = struct.unpack_from(form, buffer, 2)[0]
    if len(buffer) < at + size:
        return None
    opcode, payload = buffer[0] & 15, bytes(buffer[at:at + size])
    del buffer[:at + size]
    return opcode, payload
