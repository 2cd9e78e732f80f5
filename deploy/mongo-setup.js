// Run by mongosh in the service mongo-setup: the replica set and the account of the service, made once.
/* global Mongo, sleep, print, quit, require */
/* eslint-disable @typescript-eslint/no-require-imports -- mongosh loads scripts, not modules */
const fs = require('fs');

const secret = (name) => fs.readFileSync(`/run/secrets/${name}`, 'utf8').trim();
const HOSTS = ['mongo-1', 'mongo-2', 'mongo-3'];
const NOT_YET_INITIALIZED = 94;
const DATABASE = 'so-suc-khoe';
const PRIMARY_WAIT_MS = 500;
const PRIMARY_TRIES = 240;

const root = encodeURIComponent(secret('mongo_root_password'));
const first = new Mongo(`mongodb://root:${root}@mongo-1/admin?directConnection=true`).getDB('admin');

const status = first.runCommand({ replSetGetStatus: 1 });
if (status.code === NOT_YET_INITIALIZED) {
  first.runCommand({
    replSetInitiate: {
      _id: 'rs0',
      members: HOSTS.map((host, index) => ({ _id: index, host: `${host}:27017`, priority: index === 0 ? 2 : 1 })),
    },
  });
}

let hello = first.runCommand({ hello: 1 });
for (let tries = 0; !hello.primary && tries < PRIMARY_TRIES; tries += 1) {
  sleep(PRIMARY_WAIT_MS);
  hello = first.runCommand({ hello: 1 });
}
if (!hello.primary) {
  print('no primary was elected');
  quit(1);
}

const database = new Mongo(`mongodb://root:${root}@${HOSTS.join(',')}/admin?replicaSet=rs0`).getDB(DATABASE);
const password = secret('mongo_service_password');
if (database.getUser('service') === null) {
  database.createUser({ user: 'service', pwd: password, roles: [{ role: 'readWrite', db: DATABASE }] });
} else {
  database.updateUser('service', { pwd: password });
}
print('the replica set and the account of the service are there');
