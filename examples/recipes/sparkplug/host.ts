import {
  EMPTY,
  type Observable,
  catchError,
  distinctUntilChanged,
  exhaustMap,
  filter,
  groupBy,
  ignoreElements,
  merge,
  mergeMap,
  scan,
  share,
  throttleTime,
} from 'rxjs';
import type { MqttClient } from '../library.js';
import { type DecodedPayload, REBIRTH, type SparkplugCodec, following, payloadOf } from './payload.js';

type Values = Readonly<Record<string, unknown>>;

export interface DeviceState {
  readonly isOnline: boolean;
  readonly metrics: Values;
}

/** What a host knows of an edge node. After a death, the last values stay, and are no longer current. */
export interface NodeState extends DeviceState {
  readonly node: string;
  readonly devices: Readonly<Record<string, DeviceState>>;
  /** A message is missing: the host has asked for a rebirth. */
  readonly needsRebirth: boolean;
  readonly bdSeq: number;
  readonly seq: number;
  /** Names of metrics by their aliases. */
  readonly names: Readonly<Record<number, string>>;
}

interface NodeMessage {
  readonly params: { readonly type: string; readonly device: string };
  readonly value: DecodedPayload;
}

/**
 * Follows all edge nodes of a group. Emits the state of a node after each of its messages. If a message is missing, or data come before their
 * birth, asks the node for a rebirth, at most once in `every` ms.
 */
export function followNodes(
  client: MqttClient,
  group: string,
  codec: SparkplugCodec,
  every = 5000,
): Observable<NodeState> {
  const decode = (bytes: Uint8Array): DecodedPayload => codec.decodePayload(bytes);
  return client.topic$(`spBv1.0/${group}/+type/+node/#device`, { decode: { decode } }).pipe(
    filter(({ params }) => /^([ND](BIRTH|DATA|DEATH))$/.test(params.type)),
    groupBy(({ params }) => params.node),
    mergeMap(messages$ => {
      const state$ = messages$.pipe(scan(advance, unknownNode(messages$.key)), distinctUntilChanged(), share());
      const rebirth = { name: REBIRTH, type: 'Boolean', value: true } as const;
      const requests$ = state$.pipe(
        filter(({ needsRebirth }) => needsRebirth),
        throttleTime(every),
        exhaustMap(
          () =>
            client
              .publish(`spBv1.0/${group}/NCMD/${messages$.key}`, codec.encodePayload(payloadOf([rebirth])))
              .pipe(catchError(() => EMPTY)), // the next message asks again
        ),
        ignoreElements(),
      );
      return merge(state$, requests$);
    }),
  );
}

const unknownNode = (node: string): NodeState => ({
  node,
  isOnline: false,
  needsRebirth: false,
  metrics: {},
  devices: {},
  bdSeq: -1,
  seq: -1,
  names: {},
});

function advance(state: NodeState, { params: { type, device }, value: payload }: NodeMessage): NodeState {
  if (type === 'NBIRTH') {
    const { names, values } = read(payload, {});
    const bdSeq = Number(values.bdSeq);
    return { ...unknownNode(state.node), isOnline: true, metrics: values, names, bdSeq, seq: Number(payload.seq) };
  }
  if (type === 'NDEATH') {
    // The will of an earlier connection can come after the birth of the next one.
    if (Number(read(payload, {}).values.bdSeq) !== state.bdSeq) return state;
    const devices = Object.entries(state.devices).map(([name, { metrics }]) => [name, { isOnline: false, metrics }]);
    return { ...state, isOnline: false, devices: Object.fromEntries(devices) as NodeState['devices'] };
  }
  const seq = Number(payload.seq);
  const isExpected = state.isOnline && seq === following(state.seq);
  const isKnown = type.startsWith('N') || type === 'DBIRTH' || state.devices[device]?.isOnline === true;
  if (!isExpected || !isKnown) return { ...state, seq, needsRebirth: true };
  const { names, values } = read(payload, state.names);
  const after = { ...state, seq, names };
  switch (type) {
    case 'NDATA':
      return { ...after, metrics: { ...state.metrics, ...values } };
    case 'DBIRTH':
      return { ...after, devices: { ...state.devices, [device]: { isOnline: true, metrics: values } } };
    case 'DDATA': {
      const metrics = { ...state.devices[device]?.metrics, ...values };
      return { ...after, devices: { ...state.devices, [device]: { isOnline: true, metrics } } };
    }
    default: {
      const metrics = state.devices[device]?.metrics ?? {};
      return { ...after, devices: { ...state.devices, [device]: { isOnline: false, metrics } } };
    }
  }
}

/** Returns the values of a payload by their names, and the names with those that it tells. */
function read({ metrics }: DecodedPayload, known: NodeState['names']) {
  const names: Record<number, string> = { ...known };
  const values: Record<string, unknown> = {};
  for (const { name, alias, value } of metrics ?? []) {
    const number = alias === undefined || alias === null ? undefined : Number(alias);
    const given = name === '' ? undefined : name;
    if (given && number !== undefined) names[number] = given;
    const key = given ?? (number === undefined ? undefined : names[number]);
    if (key !== undefined) values[key] = isLong(value) ? Number(value) : value;
  }
  return { names, values };
}

/** Whether a value is an object for an integer of 64 bits. `Number()` reads it. */
function isLong(value: unknown): boolean {
  return typeof value === 'object' && value !== null && 'toNumber' in value;
}
