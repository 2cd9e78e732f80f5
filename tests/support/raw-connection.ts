import { connect, type Socket } from 'node:net';

/** A connection whose bytes a test writes itself: half a request, no request, a broken one. */
export interface RawConnection {
  readonly socket: Socket;
  write(text: string | Uint8Array): void;
  /** What has come so far. */
  received(): string;
  /** Everything that came, once the other side has closed. */
  readonly closed: Promise<string>;
}

export function openRaw(port: number): Promise<RawConnection> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    const received = (): string => Buffer.concat(chunks).toString('utf8');
    const socket = connect({ port, host: '127.0.0.1' });
    const closed = new Promise<string>((done) => {
      socket.once('close', () => {
        done(received());
      });
    });
    socket.on('data', (chunk: Buffer) => chunks.push(chunk));
    // A reset is a close: what matters is what came before it.
    socket.on('error', reject);
    socket.once('connect', () => {
      resolve({ socket, write: (text) => void socket.write(text), received, closed });
    });
  });
}

/** One request of these bytes; the answer, whole, as text. `connection: close` is up to the bytes. */
export async function sendRaw(port: number, bytes: string | Uint8Array): Promise<string> {
  const connection = await openRaw(port);
  connection.write(bytes);
  return connection.closed;
}
