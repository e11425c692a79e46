import { createServer as createHttpServer } from 'node:http';
import { type Socket, connect, createServer } from 'node:net';
import { CuttableServer } from './cuttable-server.js';
import { loopback } from './ports.js';

/** A proxy of a few lines. Whatever host it is asked for, it goes to loopback. */
export interface ForwardProxy {
  readonly port: number;
  /** What it was asked for, `host:port`. */
  readonly asked: readonly string[];
  connections(): number;
  close(): Promise<void>;
}

export interface ProxyLogin {
  readonly username: string;
  readonly password: string;
}

/** HTTP CONNECT. With `login` it wants Basic authentication; with `status` it answers just that. */
export async function startHttpProxy({
  login,
  status,
}: { login?: ProxyLogin; status?: number } = {}): Promise<ForwardProxy> {
  const asked: string[] = [];
  const wanted = login && `Basic ${Buffer.from(`${login.username}:${login.password}`).toString('base64')}`;
  const http = createHttpServer().on('connect', ({ url = '', headers }, client: Socket) => {
    asked.push(url);
    const refused = status ?? (headers['proxy-authorization'] === wanted ? undefined : 407);
    if (refused !== undefined) return void client.end(`HTTP/1.1 ${refused} No\r\nContent-Length: 0\r\n\r\n`);
    tunnel(client, Number(url.split(':').at(-1)), () => client.write('HTTP/1.1 200 Yes\r\nVia: test\r\n\r\n'));
  });
  return proxyOf(await CuttableServer.over(http), asked);
}

/** SOCKS 5 (RFC 1928, 1929), byte by byte. With `login` it wants that; with `reply` it answers CONNECT with just that. */
export async function startSocksProxy({
  login,
  reply = 0,
}: { login?: ProxyLogin; reply?: number } = {}): Promise<ForwardProxy> {
  const asked: string[] = [];
  const server = createServer(client => void negotiate(client).catch(() => client.destroy()));

  async function negotiate(client: Socket): Promise<void> {
    const read = reader(client);
    const say = (...bytes: number[]) => bytes.forEach(byte => client.write(Uint8Array.of(byte)));
    const [, count = 0] = await read(2);
    const methods = await read(count);
    const method = login ? 2 : 0;
    if (!methods.includes(method)) return void client.end(Uint8Array.of(5, 0xff));
    say(5, method);
    if (login) {
      const text = async () => (await read((await read(1))[0]!)).toString();
      await read(1);
      const right = [await text(), await text()].join() === [login.username, login.password].join();
      say(1, right ? 0 : 1);
      if (!right) return void client.end();
    }
    const [, , , kind] = await read(4);
    const length = kind === 1 ? 4 : kind === 4 ? 16 : (await read(1))[0]!;
    const address = await read(length);
    const port = (await read(2)).readUInt16BE();
    asked.push(`${kind === 3 ? address.toString() : kind === 1 ? address.join('.') : address.toString('hex')}:${port}`);
    if (reply !== 0) return void client.end(Uint8Array.of(5, reply, 0, 1, 0, 0, 0, 0, 0, 0));
    tunnel(client, port, () => say(5, 0, 0, 3, 4, ...Buffer.from('here'), 0, 0));
  }
  return proxyOf(await CuttableServer.over(server), asked);
}

const proxyOf = (server: CuttableServer, asked: readonly string[]): ForwardProxy => ({
  port: server.port,
  asked,
  connections: () => server.connections(),
  close: () => server.stop(),
});

/** The far end may speak at once: its first bytes then follow the proxy's own answer in one piece. */
function tunnel(client: Socket, port: number, opened: () => void): void {
  const far = connect({ port, host: loopback, noDelay: true }, () => {
    opened();
    far.pipe(client);
    client.pipe(far);
  });
  client.on('error', () => undefined).on('close', () => far.destroy());
  far.on('error', () => client.destroy()).on('close', () => client.end());
}

/** Reads so many bytes, however they come. */
function reader(socket: Socket): (length: number) => Promise<Buffer> {
  return async length => {
    if (length === 0) return Buffer.alloc(0);
    for (;;) {
      const bytes = socket.read(length) as Buffer | null;
      if (bytes !== null) return bytes;
      if (socket.destroyed || socket.readableEnded) throw new Error('it hung up');
      await new Promise<void>(resolve => {
        const wake = (): void => {
          socket.off('readable', wake).off('close', wake);
          resolve();
        };
        socket.on('readable', wake).on('close', wake);
      });
    }
  };
}
