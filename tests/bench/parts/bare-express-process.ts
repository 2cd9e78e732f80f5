import express from 'express';
import type { AddressInfo } from 'node:net';
import type { BareExpressOrder } from './bare-express.js';

process.once('message', ({ headers, body }: BareExpressOrder) => {
  const app = express();
  app.get('/fhir/R4/:resourceType/:id', (_req, res) => {
    res.set(headers).send(body);
  });
  const server = app.listen(0, '127.0.0.1', () => {
    process.send?.({ port: (server.address() as AddressInfo).port });
  });
});
process.on('disconnect', () => process.exit(0));
