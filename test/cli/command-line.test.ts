import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { createServer } from 'node:tls';
import { expect } from 'chai';
import { firstValueFrom } from 'rxjs';
import { type MqttClient, mqtt } from '../../src/index.js';
import { parseTrace } from '../../src/trace/index.js';
import { startAedes } from '../support/aedes.js';
import { certificate } from '../support/certificates.js';
import { type Program, bundleProgram } from '../support/bundled-program.js';
import { type Mosquitto, describeMosquitto, startMosquitto } from '../support/mosquitto.js';
import type { Ended } from './support.js';

describeMosquitto('The command line', () => {
  let broker: Mosquitto;
  let client: MqttClient;
  let folder: string;
  let program: Program;
  const running = new Set<ChildProcessWithoutNullStreams>();

  before(async () => {
    [broker, program] = await Promise.all([startMosquitto(), bundleProgram('src/cli/bin.ts')]);
  });

  after(async () => {
    program.remove();
    await broker.stop();
  });

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'cli-'));
    client = mqtt(broker.url, { quiet: true });
  });

  afterEach(async () => {
    await client[Symbol.asyncDispose]();
    for (const child of running) child.kill('SIGKILL');
    rmSync(folder, { recursive: true, force: true });
  });

  function start(args: readonly string[], env: Record<string, string> = {}): ChildProcessWithoutNullStreams {
    const child = spawn(process.execPath, [program.path, ...args], {
      env: { ...process.env, ...env },
    });
    running.add(child);
    child.once('exit', () => running.delete(child));
    return child;
  }

  async function run(args: readonly string[], input = '', env: Record<string, string> = {}): Promise<Ended> {
    const child = start(args, env);
    child.stdin.end(input);
    const [[code], out, err] = await Promise.all([once(child, 'close'), text(child.stdout), text(child.stderr)]);
    return { code: code as number | null, out, err };
  }

  /** Waits until the broker has seen a subscription to this filter, in what it says from now on. */
  const subscribed = (filter: string): Promise<void> =>
    broker.logged(new RegExp(`${filter.replace(/[+$/#]/g, '\\$&')} \\(QoS`), broker.log().length);

  describe('says how it is used', () => {
    it('on a screen of 80 columns and 24 lines', async function () {
      this.timeout(60_000);
      for (const args of [
        ['--help'],
        ...['sub', 'pub', 'request', 'respond', 'check', 'watch', 'record', 'replay', 'draw'].map(name => [
          name,
          '--help',
        ]),
      ]) {
        const { code, out } = await run(args);
        expect(code).to.equal(0);
        const lines = out.trimEnd().split('\n');
        expect(lines.length, args.join(' ')).to.be.at.most(24);
        expect(Math.max(...lines.map(line => line.length)), args.join(' ')).to.be.at.most(80);
      }
    });

    const mistakes: [string[], string][] = [
      [['sbu'], "unknown command 'sbu'; did you mean sub?"],
      [['sub'], 'which broker? Write its URL'],
      [['sub', 'mqtt://localhost'], 'which topics? Write a filter'],
      [['sub', 'mqtt://localhost', 'a', '--cuont', '1'], "unknown option '--cuont'; did you mean '--count'?"],
      [['sub', 'mqtt://localhost', 'a', '--count', 'two'], "--count is 'two'; write a whole number from 1 on"],
      [['sub', 'mqtt://localhost', 'a', '--for', '3 days'], "--for is '3 days'; write a duration such as 500ms"],
      [['sub', 'mqtt://localhost', 'a', '--for', '25d'], "--for is '25d'; write at most 24d"],
      [['record', '/tmp/x', 'mqtt://localhost', 'a', '--for', '25d'], "--for is '25d'; write at most 24d"],
      [['sub', 'mqtt://localhost', 'a', '--format', '%z'], "--format has '%z'"],
      [['pub', 'mqtt://localhost', 'a', 'b', 'c'], "'c' is too much"],
      [['pub', 'http://localhost', 'a', 'b'], 'unknown scheme'],
      [['sub', 'mqtt://localhost', 'a', '--will-retain'], '--will-retain needs --will-topic'],
      [['sub', 'mqtt://localhost', 'a', '--will-qos', '1'], '--will-qos needs --will-topic'],
      [['check', 'localhost'], 'a URL begins with its scheme'],
      [['pub', 'mqtt://localhost', 'a', '--file', '/not/there'], 'cannot read --file /not/there: ENOENT'],
      [['draw', '/not/there'], 'cannot read /not/there: ENOENT'],
    ];
    for (const [args, message] of mistakes) {
      it(`after ${args.join(' ')}`, async () => {
        const { code, out, err } = await run(args);
        expect(err).to.include(message);
        expect([code, out]).to.deep.equal([2, '']);
      });
    }
  });

  it('sub prints messages as the format says, and ends after --count', async () => {
    const child = run(['sub', broker.url, 'sub/+', '--count', '2', '--format', '%t=%p %q %l']);
    await subscribed('sub/+');
    await firstValueFrom(client.publish('sub/a', 'one', { qos: 1 }));
    await firstValueFrom(client.publish('sub/b', new Uint8Array([0xff, 1]), { qos: 1 }));
    expect(await child).to.deep.equal({ code: 0, out: 'sub/a=one 1 3\nsub/b=0xff01 1 2\n', err: '' });
  });

  it('sub prints JSON, and says by its code that the time was over before --count', async function () {
    this.timeout(60_000);
    const child = run(['sub', broker.url, 'json/+', '--json', '--count', '2', '--for', '1500ms']);
    await subscribed('json/+');
    await firstValueFrom(client.publish('json/a', 'x', { qos: 1, properties: { contentType: 'text/plain' } }));
    const { code, out } = await child;
    expect(code).to.equal(3);
    expect(JSON.parse(out)).to.deep.include({
      topic: 'json/a',
      payload: 'x',
      qos: 1,
      properties: { contentType: 'text/plain' },
    });
  });

  it('sub disconnects when it is interrupted', async () => {
    const child = start(['sub', broker.url, 'interrupted/#', '--id', 'interrupted']);
    await subscribed('interrupted/#');
    child.kill('SIGINT');
    const [code] = (await once(child, 'exit')) as [number | null];
    expect(code).to.equal(130);
    await broker.logged(/Client interrupted (closed|disconnected)/);
    expect(broker.log()).to.include('Received DISCONNECT from interrupted');
  });

  it('leaves its will when it is killed', async () => {
    const will = ['--will-topic', 'state/killed', '--will-payload', 'gone', '--will-qos', '1', '--will-retain'];
    const child = start(['sub', broker.url, 'killed/#', ...will]);
    await subscribed('killed/#');
    child.kill('SIGKILL');
    const published = await firstValueFrom(client.topic$('state/killed', { qos: 2 }));
    expect([published.text(), published.qos]).to.deep.equal(['gone', 1]);
    const retained = await firstValueFrom(client.topic$('state/+'));
    expect([retained.text(), retained.retain]).to.deep.equal(['gone', true]);
  });

  it('sub disconnects when nobody reads any more, so that the broker does not publish its will', async () => {
    const child = start(['sub', broker.url, 'piped/#', '--id', 'piped', '--will-topic', 'gone', '--will-payload', 'x']);
    const exit = once(child, 'exit');
    await subscribed('piped/#');
    child.stdout.destroy();
    const timer = setInterval(() => client.publish('piped/a', 'x', { qos: 1 }).subscribe(), 20);
    const [code] = (await exit) as [number | null];
    clearInterval(timer);
    expect(code).to.equal(0);
    expect(broker.log()).to.include('Received DISCONNECT from piped');
  });

  it('sub --session leaves its subscription to the session, and gets what came meanwhile', async () => {
    const session = ['sub', broker.url, 'kept/#', '--id', 'kept', '--session', '1h'];
    const child = start(session);
    const exit = once(child, 'exit');
    await subscribed('kept/#');
    child.kill('SIGINT');
    await exit;
    await firstValueFrom(client.publish('kept/a', 'meanwhile', { qos: 1 }));
    const { code, out } = await run([...session, '--count', '1', '--for', '5s']);
    expect([code, out]).to.deep.equal([0, 'kept/a meanwhile\n']);
  });

  it('pub ends when it is interrupted, although its input is open', async () => {
    const child = start(['pub', broker.url, 'open/input']);
    const exit = once(child, 'exit');
    const arrived = new Promise<void>(resolve => client.topic$('open/input').subscribe(() => resolve()));
    await subscribed('open/input');
    child.stdin.write('one\n');
    await arrived;
    child.kill('SIGINT');
    expect((await exit)[0]).to.equal(130);
  });

  it('record ends when its file cannot be written', async () => {
    const { code, err } = await run(['record', join(folder, 'not', 'there'), broker.url, 'x']);
    expect(code).to.equal(2);
    expect(err).to.include('cannot write').and.include('ENOENT');
  });

  it('pub publishes an argument, a file, and each line of the standard input', async function () {
    this.timeout(60_000);
    const received: string[] = [];
    const done = new Promise<void>(resolve => {
      client.topic$('pub/#', { qos: 1, subscribeObserver: { next: () => resolveGranted() } }).subscribe(message => {
        received.push(`${message.topic}:${message.text()}:${message.properties.userProperties?.join() ?? ''}`);
        if (received.length === 5) resolve();
      });
    });
    let resolveGranted = () => undefined as void;
    await new Promise<void>(resolve => {
      resolveGranted = resolve;
      client.connect().subscribe();
    });
    const file = join(folder, 'payload');
    writeFileSync(file, 'from a file');
    expect(await run(['pub', broker.url, 'pub/a', 'hello', '--property', 'unit=C'])).to.deep.equal({
      code: 0,
      out: '',
      err: '',
    });
    expect((await run(['pub', broker.url, 'pub/b', '--file', file])).code).to.equal(0);
    expect((await run(['pub', broker.url, 'pub/c'], '1\n2\n3\n')).code).to.equal(0);
    await done;
    expect(received).to.deep.equal(['pub/a:hello:unit,C', 'pub/b:from a file:', 'pub/c:1:', 'pub/c:2:', 'pub/c:3:']);
  });

  it('request prints the reply, and fails without a responder', async function () {
    this.timeout(60_000);
    await new Promise<void>(resolve => {
      client.respond('sum', request => String(request.json<number[]>().reduce((a, b) => a + b))).subscribe();
      client.ack$.subscribe(ack => ack.kind === 'subscribe' && resolve());
    });
    expect(await run(['request', broker.url, 'sum', '[1,2,3]'])).to.deep.equal({ code: 0, out: '6\n', err: '' });
    const { code, err } = await run(['request', broker.url, 'nobody', 'x']);
    expect(code).to.equal(1);
    expect(err).to.match(/^rxjs-mqtt: .*nobody/);
  });

  it('fails at once without a broker, in one line', async () => {
    const { code, out, err } = await run(['sub', 'mqtt://127.0.0.1:1', '#']);
    expect([code, out]).to.deep.equal([1, '']);
    expect(err).to.match(/^rxjs-mqtt: cannot connect to 127\.0\.0\.1:1: nothing listens there \(ECONNREFUSED\)\n$/);
  });

  it('takes the password from the environment or a file, and never shows it', async function () {
    this.timeout(60_000);
    const file = join(folder, 'password');
    writeFileSync(file, 'top secret\n');
    for (const [args, env] of [
      [['--user', 'me'], { MQTT_PASSWORD: 'top secret' }],
      [['--user', 'me', '--password-file', file], {}],
    ] as const) {
      const trace = join(folder, 'trace.jsonl');
      const { code, err } = await run(['record', trace, broker.url, 'x', '--for', '300ms', ...args], '', env);
      expect([code, err]).to.deep.equal([0, '']);
      const connect = [...parseTrace(readFileSync(trace, 'utf8'))].find(
        event => event.type === 'packet' && event.packet.cmd === 'connect',
      );
      expect(connect).to.have.nested.property('packet.username');
      expect(readFileSync(trace, 'utf8')).to.not.include('top secret');
    }
    expect((await run(['sub', broker.url, 'x', '--password', 'top secret'])).err).to.include(
      "unknown option '--password'",
    );
  });

  it('record, draw and replay hand a trace on', async function () {
    this.timeout(60_000);
    const trace = join(folder, 'trace.jsonl');
    const recording = start(['record', trace, broker.url, 'rec/#', '--id', 'recorder']);
    await subscribed('rec/#');
    await firstValueFrom(client.publish('rec/a', '<b>1</b>', { qos: 1 }));
    await firstValueFrom(client.publish('rec/b', new Uint8Array([0xff]), { qos: 1 }));
    // what it acknowledges is in the trace
    await broker.logged(/(Received PUBACK from recorder[^]*){2}/);
    recording.kill('SIGINT');
    expect((await once(recording, 'exit'))[0]).to.equal(130);
    const events = [...parseTrace(readFileSync(trace, 'utf8'))];
    expect(events[0]).to.include({ type: 'trace', version: 1 });
    expect(events.at(-1)).to.include({ type: 'end' });

    const drawn = await run(['draw', trace]);
    expect([drawn.code, drawn.err]).to.deep.equal([0, '']);
    expect(drawn.out)
      .to.match(/^<svg /)
      .and.include('rec/a')
      .and.not.include('<b>');

    const again: string[] = [];
    const replayed = new Promise<void>(resolve => {
      client.topic$('rec/#', { qos: 1 }).subscribe(({ topic }) => again.push(topic) === 2 && resolve());
    });
    await subscribed('rec/#');
    expect((await run(['replay', trace, broker.url, '--speed', '0'])).code).to.equal(0);
    await replayed;
    expect(again).to.deep.equal(['rec/a', 'rec/b']);

    const test = await run(['replay', trace, '--test', 'mocha']);
    expect(test.out).to.include('mqttMarbles');
  });

  it('watch prints the URL of its page', async () => {
    const child = start(['watch', broker.url, 'watched/#']);
    const [line] = (await once(child.stdout, 'data')) as [Buffer];
    const page = await fetch(String(line).trim());
    expect([page.status, page.headers.get('content-type')]).to.deep.equal([200, 'text/html; charset=utf-8']);
    child.kill('SIGTERM');
    expect((await once(child, 'exit'))[0]).to.equal(143);
  });

  it('check says what the broker can do', async function () {
    this.timeout(60_000);
    const { code, out } = await run(['check', broker.url, '--json']);
    expect(code).to.equal(0);
    const { findings } = JSON.parse(out) as { findings: { name: string; result: string; detail: string }[] };
    const results = Object.fromEntries(findings.map(({ name, result }) => [name, result]));
    expect(results).to.include({
      'MQTT 5.0': 'yes',
      'MQTT 3.1.1': 'yes',
      'MQTT 3.1': 'yes',
      'QoS 2': 'yes',
      'retained messages': 'yes',
      wildcards: 'yes',
      'shared subscriptions': 'yes',
      'session resumption': 'yes',
      will: 'yes',
    });
    expect((await run(['check', broker.url])).out).to.match(/^QoS 2 +yes +granted 2, published 2, delivered 2$/m);
  });

  it('check does not make up what a broker of 3.1.1 cannot announce', async function () {
    this.timeout(60_000);
    const old = await startAedes();
    const { code, out } = await run(['check', old.url, '--json']);
    await old.close();
    expect(code).to.equal(0);
    const { findings } = JSON.parse(out) as { findings: { name: string; result: string }[] };
    const results = Object.fromEntries(findings.map(({ name, result }) => [name, result]));
    expect(results).to.include({ 'MQTT 5.0': 'no', 'MQTT 3.1.1': 'yes', limits: 'unknown', 'QoS 2': 'yes' });
    expect(results).not.to.have.any.keys('maximum QoS', 'receive maximum');
  });

  it('check looks at the certificate of a server that refuses ALPN', async () => {
    const { cert, key } = certificate({ hosts: ['other.example'], until: 9.5 });
    const server = createServer({ cert, key, ALPNProtocols: ['http/1.1'] }, socket => socket.destroy());
    server.on('tlsClientError', () => undefined).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const ca = join(folder, 'ca.pem');
    writeFileSync(ca, cert);
    const { port } = server.address() as AddressInfo;
    const { code, out } = await run(['check', `mqtts://127.0.0.1:${port}`, '--ca', ca, '--json']);
    server.close();
    expect(code).to.equal(1);
    const { findings } = JSON.parse(out) as { findings: { name: string; result: string; detail: string }[] };
    const results = Object.fromEntries(findings.map(({ name, result }) => [name, result]));
    expect(results).to.include({
      'MQTT 5.0': 'no',
      TLS: 'yes',
      'certificate trusted': 'yes',
      'certificate name': 'no',
      'certificate valid': 'yes',
      'ALPN mqtt': 'no',
    });
    expect(findings.find(({ name }) => name === 'certificate valid')!.detail).to.include('(9 days left)');
  });

  it('adds the TLS options of the arguments to those of a configuration', async () => {
    const { cert, key } = certificate({ hosts: ['other.example'] });
    const server = createServer({ cert, key }, socket => socket.destroy());
    server.on('tlsClientError', () => undefined).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const ca = join(folder, 'ca.pem');
    const config = join(folder, 'config.json');
    writeFileSync(ca, cert);
    const { port } = server.address() as AddressInfo;
    writeFileSync(config, JSON.stringify({ url: `mqtts://127.0.0.1:${port}`, tls: { servername: 'other.example' } }));
    const { err } = await run(['sub', '--config', config, '--ca', ca, 'x']);
    server.close();
    // TLS has succeeded: both the name of the configuration and the authority of the argument count
    expect(err).to.match(/^rxjs-mqtt: no CONNACK came: /);
  });
});
