import { expect } from 'chai';
import type { ConnectionPhase, MqttErrorCode, MqttOptions, ProtocolVersion, QoS } from '../../src/index.js';
import { type Proxy, startProxy } from '../broker/proxy.js';
import { closedAfterEach, connected, failure, inState, unique } from '../broker/support.js';
import { type BrokerKind, type RunningBroker, describeWith } from '../support/brokers/broker.js';
import { loopback } from '../support/ports.js';
import { describeWithoutLeaks } from '../support/resources.js';
import type { Bench } from './bench.js';
import { type Check, type CheckName, checks } from './checks.js';

/** A broker, and how it is known to differ from the rest. */
export interface Description {
  readonly kind: BrokerKind;
  /** The versions it speaks, the newest first. */
  readonly versions: readonly ProtocolVersion[];
  /** How it refuses the others. */
  readonly refuses?: Refusals;
  /** By WebSocket, where that is another way. */
  readonly refusesByWs?: Refusals;
  /** What of the URL comes after the port of its WebSocket listener. */
  readonly path?: string;
  /** Without which it cannot be spoken to. */
  readonly options?: MqttOptions;
  /** Where it grants less than was asked for. */
  readonly granted?: Partial<Record<QoS, QoS>>;
  /** Checks of which it is known that they cannot hold, and what is seen instead. */
  readonly differences?: Partial<Record<CheckName, Difference | readonly Difference[]>>;
}

type Refusals = Partial<Record<ProtocolVersion, { readonly code: MqttErrorCode; readonly phase: ConnectionPhase }>>;

export interface Difference {
  /** What it does instead, in words. */
  readonly instead: string;
  /** Where it differs. Default: everywhere. */
  readonly versions?: readonly ProtocolVersion[];
  readonly transports?: readonly Transport[];
  run(bench: Bench): Promise<void>;
}

type Transport = 'tcp' | 'ws';

/**
 * All checks on a broker, in each of its versions. By WebSocket only in the newest: below the link nothing is different there, and
 * mosquitto takes 0.2 s for each connection.
 */
export function describeInterop(description: Description, required = false): void {
  const { kind } = description;
  describeWith(kind, kind.name, () => describeRunning(description), required);
}

function describeRunning(description: Description): void {
  const { kind, path = '' } = description;
  let broker: RunningBroker;
  before('start the broker', async function () {
    this.timeout(90_000);
    broker = await kind.start();
  });
  after('stop the broker', async () => broker?.stop());

  describeTransport(description, 'tcp', () => broker.tcp, 'mqtt', '');
  if (description.path !== undefined) describeTransport(description, 'ws', () => broker.ws!, 'ws', path);
}

function describeTransport(
  description: Description,
  transport: Transport,
  port: () => number,
  scheme: string,
  path: string,
): void {
  const { kind, versions } = description;
  const refuses = { ...description.refuses, ...(transport === 'ws' && description.refusesByWs) };
  describeWithoutLeaks(`${kind.name} by ${transport}`, () => {
    const clients = closedAfterEach();
    let proxy: Proxy;
    before('start the wire', async () => {
      proxy = await startProxy(port());
    });
    after('stop the wire', async () => proxy?.stop());

    const benchOf = (version: ProtocolVersion): Bench => {
      const clientOn = (to: number, options?: MqttOptions) =>
        clients(`${scheme}://${loopback}:${to}${path}`, {
          protocolVersion: version,
          ...description.options,
          ...options,
        });
      return {
        version,
        granted: asked => description.granted?.[asked] ?? asked,
        client: options => clientOn(port(), options),
        cuttable: options => clientOn(proxy.port, options),
        cut: () => proxy.cut(),
        unique,
      };
    };

    it(`connects with 'auto', in the newest version it speaks: ${versions[0]}`, async () => {
      const client = benchOf(5).client({ protocolVersion: 'auto' });
      await connected(client);
      expect((await inState(client, 'connected')).limits.protocolVersion).to.equal(versions[0]);
    });

    for (const version of [5, 4, 3] as const) {
      const bench = benchOf(version);
      if (versions.includes(version)) {
        it(`connects with ${version}`, async () => {
          expect(await connected(bench.client())).to.include({ reasonCode: 0, sessionPresent: false });
        });
      } else {
        it(`DIFFERS, connects with ${version}: ${refuses[version]?.code}`, async () => {
          const error = await failure(bench.client({ reconnect: false }).connect());
          expect(error).to.include(refuses[version]);
        });
      }
    }

    for (const version of transport === 'ws' ? versions.slice(0, 1) : versions) {
      describe(`protocolVersion ${version}`, () => {
        for (const [name, check] of Object.entries(checks) as [CheckName, Check][]) {
          if (check.versions?.includes(version) === false) continue;
          const difference = [description.differences?.[name] ?? []]
            .flat()
            .find(one => (one.versions?.includes(version) ?? true) && (one.transports?.includes(transport) ?? true));
          const bench = benchOf(version);
          if (difference === undefined) it(name, () => check.run(bench));
          else it(`DIFFERS, ${name}: ${difference.instead}`, () => difference.run(bench));
        }
      });
    }
  });
}
