import { expect } from 'chai';
import { pbkdf2Sync } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inspect } from 'node:util';
import type { MqttOptions, PacketEvent } from '../../src/index.js';
import { describeMosquitto, type Mosquitto, startMosquitto } from '../support/mosquitto.js';
import { describeWithoutLeaks } from '../support/resources.js';
import { closedAfterEach, connected, failure } from './support.js';

const SECRET = 'correct horse&battery/staple';
const WRONG = 'wr0ng-Secret';

describeMosquitto('P1: user and password, mosquitto', () => {
  describeWithoutLeaks('with a password file', () => {
    const client = closedAfterEach();
    let directory: string;
    let broker: Mosquitto;

    before('start the broker', async () => {
      directory = await mkdtemp(join(tmpdir(), 'passwords-'));
      const file = join(directory, 'passwords');
      await writeFile(file, `ann:${hashed(SECRET)}\n`, { mode: 0o600 });
      broker = await startMosquitto({ config: ['allow_anonymous false', `password_file ${file}`] });
    });
    after('stop the broker', async () => {
      await broker.stop();
      await rm(directory, { recursive: true });
    });

    for (const protocolVersion of [5, 4, 3] as const) {
      it(`protocolVersion ${protocolVersion}: the right ones are let in, by options or by URL`, async () => {
        const right = { protocolVersion, username: 'ann', password: SECRET };
        expect(await connected(client(broker.url, right))).to.include({ reasonCode: 0 });
        const bytes = { ...right, password: new TextEncoder().encode(SECRET) };
        expect(await connected(client(broker.url, bytes))).to.include({ reasonCode: 0 });
        const url = broker.url.replace('//', `//ann:${encodeURIComponent(SECRET)}@`);
        expect(await connected(client(url, { protocolVersion }))).to.include({ reasonCode: 0 });
      });

      const wrong: readonly (readonly [string, MqttOptions])[] = [
        ['a wrong password', { username: 'ann', password: WRONG }],
        ['an unknown user', { username: 'bob', password: WRONG }],
        ['a user without a password', { username: 'ann' }],
        ['nobody', {}],
      ];
      for (const [who, options] of wrong) {
        it(`protocolVersion ${protocolVersion}: ${who} is refused, in words that tell no secret`, async () => {
          const mqtt = client(broker.url, { protocolVersion, ...options });
          const packets: PacketEvent[] = [];
          mqtt.packet$.subscribe(event => packets.push(event));
          const error = await failure(mqtt.connect());
          expect(error).to.include({ code: 'CONNECTION_REFUSED', reasonCode: 0x87, phase: 'mqtt', retryable: false });
          expect(String(error)).to.include('not authorized');
          const { connection } = mqtt;
          expect(connection).to.deep.equal({ status: 'closed', error });
          expect(await failure(mqtt.topic$('t'))).to.include({ code: 'CLIENT_CLOSED', cause: error });
          const told = [error, (error as Error).stack, connection, packets].map(thing =>
            inspect(thing, { depth: Infinity, showHidden: true }),
          );
          expect(packets).to.have.length(2);
          expect(told.join('\n')).not.to.include(WRONG);
        });
      }
    }

    it('a password in the URL shows nowhere', async () => {
      const mqtt = client(broker.url.replace('//', `//ann:${WRONG}@`));
      const error = await failure(mqtt.connect());
      expect(error).to.include({ code: 'CONNECTION_REFUSED', reasonCode: 0x87 });
      const told = inspect([error, mqtt.connection, mqtt], { depth: Infinity, showHidden: true });
      expect(told).not.to.include(WRONG);
    });
  });
});

/** As mosquitto_passwd writes it: PBKDF2 with SHA-512. */
function hashed(password: string): string {
  const [salt, iterations] = [Buffer.from('twelve bytes'), 101];
  const hash = pbkdf2Sync(password, salt, iterations, 64, 'sha512');
  return `$7$${iterations}$${salt.toString('base64')}$${hash.toString('base64')}`;
}
