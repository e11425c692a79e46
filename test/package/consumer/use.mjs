// The package as an ES module: one exchange with a broker, after which nothing keeps the process alive.
import { NEVER, lastValueFrom, of, take } from 'rxjs';
import { mqtt, MqttError, MqttMessage } from 'rxjs-mqtt';
import { mountInspector } from 'rxjs-mqtt/inspector';
import { hostClient, messagePort, serveTabs, sharedClient, sharedMqtt } from 'rxjs-mqtt/shared';
import { SessionStore } from 'rxjs-mqtt/store';
import { mockMqtt, mqttMarbles, replayTrace, sessionStoreTests } from 'rxjs-mqtt/testing';
import { parseTrace, recordTrace, toJsonLines } from 'rxjs-mqtt/trace';

const client = mqtt(process.argv[2]);
if (client.connection.status !== 'idle') throw new Error('a client opens nothing by itself');

const message$ = client.topic$('package/+').pipe(take(1));
const received = lastValueFrom(message$);
await lastValueFrom(client.connect());
await lastValueFrom(client.publish('package/test', 'hello', { qos: 1 }));
const text = (await received).text();
await lastValueFrom(client.disconnect(), { defaultValue: undefined });

// Only Node has this list. It is looked at before the tabs, because Node loads all of that for the first event of a MessagePort.
const unused = process.moduleLoadList?.filter(name => /^NativeModule _?(tls|https?)/.test(name)) ?? [];
if (unused.length > 0) throw new Error(`loaded without need: ${unused}`);

// Two tabs of one host, by ports of this platform.
const host = hostClient(mqtt(process.argv[2]), { linger: 0 });
const openPort = () => {
  const { port1, port2 } = new MessageChannel();
  host.accept(messagePort(port1));
  return of(messagePort(port2));
};
const [tab, other] = [sharedClient(openPort), sharedClient(openPort)];
const shared = lastValueFrom(tab.topic$('package/shared').pipe(take(1)));
await lastValueFrom(other.publish('package/shared', 'hello', { qos: 1, retain: true }));
if ((await shared).text() !== 'hello') throw new Error('the tabs of a shared client');
for (const each of [tab, other]) await lastValueFrom(each.disconnect(), { defaultValue: undefined });
host.close();

// Outside of a browser, the rest of that entry loads, and says what it needs.
const refused = await lastValueFrom(sharedMqtt({ worker: () => undefined }).connect()).catch(error => error);
if (!MqttError.is(refused, 'NOT_SUPPORTED')) throw new Error(`a tab without a browser said ${refused}`);
try {
  serveTabs(client);
  throw new Error('serveTabs() works outside of a SharedWorker');
} catch (error) {
  if (!MqttError.is(error, 'NOT_SUPPORTED')) throw error;
}

mqttMarbles(({ cold, expectObservable }) => expectObservable(cold('a|')).toBe('a|'))();
const mock = mockMqtt();
let mocked;
mock.topic$('a/+').subscribe(message => (mocked = message));
mock.emit('a/b');
if (mocked?.topic !== 'a/b') throw new Error(`the mock emitted ${mocked?.topic}`);
if (!(mocked instanceof MqttMessage)) throw new Error('the entry points do not share their modules');

const lines = [];
recordTrace(mock)
  .pipe(toJsonLines())
  .subscribe(line => lines.push(line));
mock.emit('a/b', 'traced');
mock.setConnection('closed');
let replayed;
replayTrace(parseTrace(lines), { lenient: true }).run(traced => {
  traced.topic$('a/+').subscribe(message => (replayed = message.text()));
});
if (replayed !== 'traced') throw new Error(`the trace replayed ${replayed}`);

if (typeof SessionStore !== 'function' || sessionStoreTests(() => undefined).length === 0) throw new Error('store');

// The inspector loads on a server, where it says that it needs a page.
let refusal;
try {
  mountInspector(undefined, NEVER);
} catch (error) {
  refusal = error;
}
if (!MqttError.is(refusal, 'NOT_SUPPORTED')) throw new Error(`the inspector said ${refusal}`);

if (text !== 'hello') throw new Error(`received ${text}`);
if (!MqttError.is(new MqttError('QUEUE_FULL', 'x'), 'QUEUE_FULL')) throw new Error('MqttError.is');
console.log('import works');
