import { join } from 'node:path';
import { expect } from 'chai';
import { ClassicLevel } from 'classic-level';
import { Subject, filter, firstValueFrom, lastValueFrom, startWith } from 'rxjs';
import { type MqttClient, MqttError, type QoS, mqtt } from '../../src/index.js';
import { levelStore } from '../../src/store/index.js';
import { describeMosquitto, startMosquitto, type Mosquitto } from '../support/mosquitto.js';
import { describeSmallDisk, type SmallDisk } from '../support/small-disk.js';

/** A device whose session is on the small disk, and a witness at the same broker. */
class Scene {
  readonly device: MqttClient;
  readonly witness: MqttClient;
  readonly location: string;
  /** How often each message has arrived at the witness. */
  readonly arrived = new Map<string, number>();
  readonly received: string[] = [];
  readonly warnings: string[] = [];
  /** What the device has sent, as `pubrec 7`. */
  readonly sent: string[] = [];
  readonly event$ = new Subject<void>();

  constructor(broker: Mosquitto, disk: SmallDisk) {
    this.location = join(disk.path, 'db');
    const store = levelStore(new ClassicLevel(this.location));
    this.device = mqtt(broker.url, { clientId: 'device', clean: false, store, quiet: true });
    this.witness = mqtt(broker.url, { clientId: 'witness' });
    this.witness.topic$('out', { qos: 2 }).subscribe(message => {
      const name = message.text().slice(0, 9);
      this.arrived.set(name, (this.arrived.get(name) ?? 0) + 1);
      this.event$.next();
    });
    this.device.topic$('in', { qos: 2 }).subscribe(message => {
      this.received.push(message.text());
      this.event$.next();
    });
    this.device.warning$.subscribe(({ code }) => this.warnings.push(code));
    this.device.packet$.subscribe(({ direction, packet }) => {
      if (direction !== 'sent') return;
      if ('packetId' in packet && packet.packetId) this.sent.push(`${packet.cmd} ${packet.packetId}`);
      this.event$.next();
    });
  }

  async begin(): Promise<void> {
    const subscribed = (client: MqttClient) =>
      firstValueFrom(client.ack$.pipe(filter(({ kind }) => kind === 'subscribe')));
    await Promise.all([subscribed(this.device), subscribed(this.witness)]);
  }

  /** Publishes with a payload of 2 KiB. Resolves with the error, or undefined. */
  async publish(name: string, qos: QoS): Promise<MqttError | undefined> {
    try {
      await lastValueFrom(this.device.publish('out', name.padEnd(2_048), { qos }));
      return undefined;
    } catch (error) {
      if (MqttError.is(error)) return error;
      throw error;
    }
  }

  async until(isReached: () => boolean): Promise<void> {
    await firstValueFrom(this.event$.pipe(startWith(undefined), filter(isReached)));
  }

  count = (cmd: string) => this.sent.filter(entry => entry.startsWith(`${cmd} `)).length;

  async end(): Promise<void> {
    this.witness.close();
    await lastValueFrom(this.device.disconnect(), { defaultValue: undefined });
  }
}

describeMosquitto('a client whose session is on a full disk', () => {
  describeSmallDisk('of 1 MiB', disk => {
    let broker: Mosquitto;
    before(async () => (broker = await startMosquitto({ config: ['max_queued_messages 0'] })));
    after(() => broker.stop());
    afterEach(() => disk.clear());

    it('sends and acknowledges nothing that is not durable, and goes on when there is space again [S179]', async () => {
      const scene = new Scene(broker, disk);
      const { device, witness, warnings, arrived, received } = scene;
      await scene.begin();
      const accepted: string[] = [];
      const rejected: MqttError[] = [];
      const refusedNames: string[] = [];
      let number = 0;
      const publishOne = async () => {
        const name = `m${String(number++).padStart(8, '0')}`;
        const error = await scene.publish(name, number % 2 === 0 ? 1 : 2);
        if (error === undefined) return void accepted.push(name);
        rejected.push(error);
        refusedNames.push(name);
      };
      const publishSome = (count: number) => Promise.all(Array.from({ length: count }, publishOne));
      await publishSome(10);
      expect(rejected).to.deep.equal([]);

      disk.fill();
      while (rejected.length === 0) await publishOne();
      disk.fill();
      await publishSome(20);
      expect(rejected).to.have.lengthOf(21);
      for (const { code, delivery, message, cause } of rejected) {
        expect({ code, delivery }).to.deep.equal({ code: 'STORE_FAILED', delivery: 'rejected' });
        expect(message).to.match(/No space left on device\); free some space, and the next write succeeds$/i);
        expect(cause).to.be.instanceOf(Error);
      }

      // what arrives while the disk is full is given to the program, and not acknowledged
      const before = { pubrec: scene.count('pubrec'), publish: scene.count('publish') };
      const inbound = Array.from({ length: 5 }, (_, i) => `in ${i}`);
      for (const text of inbound) await lastValueFrom(witness.publish('in', text, { qos: 2 }));
      await scene.until(() => received.length === inbound.length);
      expect(await scene.publish('qos 0 now', 0)).to.equal(undefined);
      await scene.until(() => arrived.has('qos 0 now'));
      await publishSome(3);
      expect({ pubrec: scene.count('pubrec'), publish: scene.count('publish') }).to.deep.equal(before);
      expect(device.connection.status).to.equal('connected');
      expect(warnings).to.deep.equal(['STORE_FAILED']);

      disk.free();
      await scene.until(() => scene.count('pubcomp') === inbound.length);
      const failures = rejected.length;
      await publishSome(20);
      expect(rejected).to.have.lengthOf(failures);
      expect(warnings).to.deep.equal(['STORE_FAILED']);
      await scene.until(() => accepted.every(name => arrived.has(name)));
      expect([...arrived].filter(([, times]) => times !== 1)).to.deep.equal([]);
      expect([...arrived.keys()].sort()).to.deep.equal([...accepted, 'qos 0 now'].sort());
      expect(refusedNames.filter(name => arrived.has(name))).to.deep.equal([]);
      expect(received).to.deep.equal(inbound);

      await scene.end();
      const db = new ClassicLevel(scene.location);
      const keys = (await db.keys().all()).map(key => key.split('!').at(-1)!);
      await db.close();
      expect(keys.filter(key => /^[mprs]/.test(key))).to.deep.equal([]);
    });
  });
});
