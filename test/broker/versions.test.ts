import { expect } from 'chai';
import { filter, firstValueFrom } from 'rxjs';
import { type AedesServer, startAedes } from '../support/aedes.js';
import { describeMosquitto, type Mosquitto, startMosquitto } from '../support/mosquitto.js';
import { describeWithoutLeaks } from '../support/resources.js';
import { startTcpServer } from '../support/tcp-servers.js';
import { type Proxy, startProxy } from './proxy.js';
import { closed, closedAfterEach, connected, failure, inState, watch } from './support.js';

describeWithoutLeaks('P3: protocolVersion auto', () => {
  const client = closedAfterEach();
  let aedes: AedesServer;
  let proxy: Proxy;

  beforeEach(async () => {
    aedes = await startAedes();
    proxy = await startProxy(aedes.port);
  });
  afterEach(async () => {
    await proxy.stop();
    await aedes.close();
  });

  it('steps down when the version is refused, and remembers it', async () => {
    const mqtt = client(aedes.url);
    const packets = watch(mqtt);
    await connected(mqtt);
    expect((await inState(mqtt, 'connected')).limits.protocolVersion).to.equal(4);
    await firstValueFrom(mqtt.reconnect());
    await closed(mqtt);
    await connected(mqtt);
    expect(packets.sent('connect')).to.deep.equal(['CONNECT v5', 'CONNECT v4', 'CONNECT v4', 'CONNECT v4']);
  });

  it('a version that is asked for is not left: the refusal is the end', async () => {
    const error = await failure(client(aedes.url, { protocolVersion: 5 }).connect());
    expect(error).to.include({
      code: 'UNSUPPORTED_PROTOCOL_VERSION',
      reasonCode: 0x84,
      phase: 'mqtt',
      retryable: false,
    });
  });

  it('reaches 3.1.1 where the broker hangs up on 5.0: in the second attempt, after one more try at 5.0', async () => {
    const hangsUpOn5 = await startTcpServer(socket => {
      socket.once('data', (connect: Buffer) => {
        if (connect[8] === 5) socket.end();
        else socket.write(Uint8Array.of(0x20, 2, 0, 0));
      });
    });
    const mqtt = client(hangsUpOn5.url);
    const packets = watch(mqtt);
    await connected(mqtt);
    expect(packets.sent('connect')).to.deep.equal(['CONNECT v5', 'CONNECT v4', 'CONNECT v5', 'CONNECT v4']);
    await closed(mqtt);
    await hangsUpOn5.close();
  });

  it('a CONNACK of 3.x in answer to 5.0 is a statement, also when it accepts [S101]', async () => {
    const answersIn3x = await startTcpServer(socket => {
      socket.once('data', () => socket.write(Uint8Array.of(0x20, 2, 0, 0)));
    });
    const mqtt = client(answersIn3x.url);
    const packets = watch(mqtt);
    await connected(mqtt);
    await firstValueFrom(mqtt.reconnect());
    expect(packets.sent('connect')).to.deep.equal(['CONNECT v5', 'CONNECT v4', 'CONNECT v4']);
    await closed(mqtt);
    const error = await failure(client(answersIn3x.url, { protocolVersion: 5 }).connect());
    expect(error).to.include({ code: 'UNSUPPORTED_PROTOCOL_VERSION', reasonCode: 0x84, retryable: false });
    await answersIn3x.close();
  });

  it('a server that has accepted a version may hang up: it is asked for the same again', async () => {
    const mqtt = client(proxy.url);
    await connected(mqtt);
    const packets = watch(mqtt);
    const inConnect = { direction: 'toBroker', bytes: 3 } as const;
    proxy.cutAfter(inConnect, inConnect, inConnect);
    await firstValueFrom(mqtt.reconnect());
    expect(proxy.cutsLeft).to.equal(0);
    expect(packets.sent('connect')).to.deep.equal(Array(4).fill('CONNECT v4'));
  });

  describeMosquitto('with another server', () => {
    let mosquitto: Mosquitto;
    before('start it', async () => {
      mosquitto = await startMosquitto();
    });
    after('stop it', () => mosquitto.stop());

    it('remembers for the one that refused only', async () => {
      const mqtt = client([proxy.url, mosquitto.url]);
      const packets = watch(mqtt);
      const connectedTo = (url: string) =>
        firstValueFrom(mqtt.connection$.pipe(filter(state => state.status === 'connected' && state.url === url)));
      await connected(mqtt);
      await proxy.stop();
      await inState(mqtt, 'reconnecting');
      await connectedTo(mosquitto.url);
      await proxy.start();
      await mosquitto.restart();
      await connectedTo(proxy.url);
      expect(packets.sent('connect')).to.deep.equal(['CONNECT v5', 'CONNECT v4', 'CONNECT v5', 'CONNECT v4']);
    });
  });
});
