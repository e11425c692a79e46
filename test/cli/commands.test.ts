import { expect } from 'chai';
import { firstValueFrom } from 'rxjs';
import { main } from '../../src/cli/main.js';
import { type MqttClient, mqtt } from '../../src/index.js';
import { parseTrace } from '../../src/trace/index.js';
import { startAedes } from '../support/aedes.js';
import { type Mosquitto, describeMosquitto, startMosquitto } from '../support/mosquitto.js';
import { runHere, terminalInMemory } from './support.js';

describeMosquitto('The command line, as responder and for retained messages', () => {
  let broker: Mosquitto;
  let client: MqttClient;

  before(async () => {
    broker = await startMosquitto();
  });

  after(() => broker.stop());

  beforeEach(() => {
    client = mqtt(broker.url, { quiet: true });
  });

  afterEach(() => client[Symbol.asyncDispose]());

  /** Runs a command, and resolves with its end when the broker has its subscription. */
  async function subscribed(args: readonly string[]): Promise<{ readonly ended: ReturnType<typeof runHere> }> {
    const filter = args[2]!.replace(/[+$/#]/g, '\\$&');
    const granted = broker.logged(new RegExp(`${filter} \\(QoS`), broker.log().length);
    const ended = runHere(args);
    await granted;
    return { ended };
  }

  const ask = async (topic: string, payload: string): Promise<string> =>
    (await firstValueFrom(client.request(topic, payload))).text();

  it('respond answers each request, prints it, and ends after --count', async () => {
    const { ended } = await subscribed(['respond', broker.url, 'ping/+', 'pong', '--count', '2']);
    expect([await ask('ping/a', 'one'), await ask('ping/b', 'two')]).to.deep.equal(['pong', 'pong']);
    expect(await ended).to.deep.equal({ code: 0, out: 'ping/a one\nping/b two\n', err: '' });
  });

  it('respond --exec gives a program the request, and replies with its output', async () => {
    // the shell would run a topic that it parses
    const command = `"${process.execPath}" -e "process.stdin.on('data', d => console.log(process.env.MQTT_TOPIC, d.length))"`;
    const { ended } = await subscribed(['respond', broker.url, 'run/#', '--exec', command, '--count', '1']);
    expect(await ask('run/$(id)', '12345')).to.equal('run/$(id) 5');
    expect((await ended).code).to.equal(0);
  });

  it('respond says why a message has no reply, and goes on', async () => {
    const command = `"${process.execPath}" -e "process.exit(process.env.MQTT_TOPIC === 'fail/a' ? 3 : 0)"`;
    const { stdout, stderr, terminal } = terminalInMemory();
    const granted = broker.logged(/fail\/\+ \(QoS/, broker.log().length);
    const ended = main(['respond', broker.url, 'fail/+', '--exec', command, '--count', '1'], terminal);
    await granted;
    let said = '';
    const bothFailed = new Promise<void>(resolve => {
      stderr.on('data', (text: Buffer) => {
        said += String(text);
        if (said.split('\n').length > 2) resolve();
      });
    });
    await firstValueFrom(client.publish('fail/b', 'x', { qos: 1 }));
    client.request('fail/a', '').subscribe({ error: () => undefined });
    await bothFailed;
    expect(said).to.include("no reply to the message to 'fail/b': it is no request, as it has no response topic");
    expect(said).to.match(/no reply to the message to 'fail\/a': '.*' ended with code 3/);
    expect(await ask('fail/c', '')).to.equal('');
    expect([await ended, String(stdout.read())]).to.deep.equal([0, 'fail/c \n']);
  });

  it('sub --retained-only prints retained messages, and --remove-retained removes them', async () => {
    const publish = (topic: string, payload: string) =>
      firstValueFrom(client.publish(topic, payload, { qos: 1, retain: true }));
    await publish('kept/a', 'x');
    await publish('kept/b', 'y');
    const only = await runHere(['sub', broker.url, 'kept/+', '--retained-only', '--count', '2']);
    expect(only.out).to.equal('kept/a x\nkept/b y\n');
    const removed = await runHere(['sub', broker.url, 'kept/#', '--remove-retained', '--count', '2']);
    expect(removed.out).to.equal('kept/a x\nkept/b y\n');
    await publish('kept/c', 'z');
    const others = await runHere(['sub', broker.url, 'kept/+', '--retained-only', '--count', '1']);
    expect(others.out).to.equal('kept/c z\n');
  });

  it('sub --no-retained does not count what it does not print, on a broker that sends retained messages anyway', async () => {
    await firstValueFrom(client.publish('old/a', 'retained', { qos: 1, retain: true }));
    const args = ['sub', broker.url, 'old/+', '--no-retained', '--count', '1', '--mqtt', '3.1.1'];
    const { ended } = await subscribed(args);
    await broker.logged(/Sending PUBLISH to .*old\/a/);
    await firstValueFrom(client.publish('old/b', 'new', { qos: 1 }));
    expect((await ended).out).to.equal('old/b new\n');
  });
});

describe('record on the command line', () => {
  it('says that the connection is lost, as other commands do', async () => {
    const server = await startAedes();
    server.broker.once('subscribe', () => server.cut());
    const { code, out, err } = await runHere(['record', '-', server.url, 'a', '--for', '600ms']);
    await server.close();
    expect(code).to.equal(0);
    expect(err).to.match(/^rxjs-mqtt: .*; connecting again\n/);
    expect([...parseTrace(out)].at(-1)).to.include({ type: 'end' });
  });
});
