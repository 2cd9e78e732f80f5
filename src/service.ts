import type { Server } from 'node:http';
import type { Express } from 'express';
import type { Config } from './config.js';
import type { Demonstration } from './demonstration.js';
import { PhrError } from './errors.js';

/** A running service: what opened last closes first. */
export interface Service {
  readonly app: Express;
  readonly demonstration: Demonstration | undefined;
  /** Starts jobs, then listens; resolves when requests are answered. */
  start(): Promise<void>;
  /** Takes no new request, lets what is in flight finish, stops the jobs, closes the store. */
  close(): Promise<void>;
}

/** @throws PhrError `unavailable` when the port is taken */
export function listen(server: Server, { port, bind }: Pick<Config['http'], 'port' | 'bind'>): Promise<void> {
  return new Promise<void>((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      reject(error.code === 'EADDRINUSE' ? portTaken(port, error) : error);
    });
    server.listen(port, bind, resolve);
  });
}

const portTaken = (port: number, cause: Error): PhrError =>
  new PhrError('unavailable', `The port ${port} is in use: stop what listens there, or set PORT`, [], { cause });

/** Idle connections are closed at once, busy ones when their answer is out or `timeoutMs` is over. */
export function stopServer(server: Server, timeoutMs: number): Promise<void> {
  if (!server.listening) return Promise.resolve();
  return new Promise((resolve) => {
    const timer = setTimeout(() => {
      server.closeAllConnections();
    }, timeoutMs);
    server.close(() => {
      clearTimeout(timer);
      resolve();
    });
    server.closeIdleConnections();
  });
}
