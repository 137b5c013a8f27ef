"""TLS for HTTP, WebSocket and gRPC, by certificates that change while the server runs."""
import asyncio
import hashlib
import ssl

from rig.certificates import certificates, sign
from rig.control_plane import KEY, PORT
from rig.scenario import require, scenario, until
from rig.server import HTTP_PORT
from rig.socket_client import SocketClient, pb


async def shown(port: int, tls: ssl.SSLContext, protocol: str) -> str:
    """The hash of the certificate that a new connection gets."""
    tls.set_alpn_protocols([protocol])
    _, writer = await asyncio.open_connection('127.0.0.1', port, ssl=tls)
    certificate = writer.get_extra_info('ssl_object').getpeercert(True)
    writer.close()
    return hashlib.sha256(certificate).hexdigest()


async def answers_in_plain(port: int) -> bool:
    reader, writer = await asyncio.open_connection('127.0.0.1', port)
    writer.write(b'GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n')
    try:
        text = await asyncio.wait_for(reader.read(), 15)
    except ConnectionError:
        text = b''
    writer.close()
    return text.startswith(b'HTTP/')


@scenario(quick=True, timeout=90)
async def tls_reload(rig):
    """HTTPS, a secure WebSocket and gRPC take a new certificate without a restart, and keep the old one when the new is no good."""
    certificates(rig.folder)
    certificate, key = rig.folder / 'server.pem', rig.folder / 'server.key'
    tls = ssl.create_default_context(cafile=rig.folder / 'ca.pem')
    options = {'tls_certificate': certificate, 'tls_private_key': key, 'authority': rig.folder / 'ca.pem', 'grpc_port': PORT,
               'grpc_certificate': certificate, 'grpc_private_key': key, 'control_key': KEY}
    async with rig.server(**options) as server:
        require(not await answers_in_plain(HTTP_PORT), 'HTTP without TLS is answered')
        async with SocketClient(server.origin, ssl=ssl.create_default_context(cafile=rig.folder / 'ca.pem')) as socket:
            await socket.join(await server.token('garden', 'Ada'))
            ports = ((HTTP_PORT, 'http/1.1'), (PORT, 'h2'))
            first = [await shown(port, tls, protocol) for port, protocol in ports]
            sign(rig.folder, 'server')

            async def changed():
                return all([await shown(port, tls, protocol) != old for (port, protocol), old in zip(ports, first)])
            await until('new connections get the new certificate', changed, 20)
            second = [await shown(port, tls, protocol) for port, protocol in ports]
            require(second[0] == second[1], 'HTTP and gRPC have different certificates')
            certificate.write_text('nothing of use')

            async def noticed():
                return server.log_says('certificate not read')
            await until('the log says that the certificate is no good', noticed, 20)
            require([await shown(port, tls, protocol) for port, protocol in ports] == second, 'the good certificate is gone')
            await socket.send(7, ping=pb.Ping())
            await socket.until('pong')
    return {'certificates': 2}
