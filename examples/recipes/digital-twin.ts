import { type Observable, type ObservableInput, concat, from, groupBy, map, mergeMap, mergeScan, of, scan } from 'rxjs';
import { type MqttClient, type MqttMessage, type PayloadDecoder, type PublishResult, json } from './library.js';

export type State = Readonly<Record<string, unknown>>;

/** What is known of a device: the state that it reports, the state that is desired, and what of that is not reported yet. */
export interface Twin {
  readonly reported: State;
  readonly desired: State;
  readonly delta: State;
}

const unknownTwin: Twin = { reported: {}, desired: {}, delta: {} };

const document = json((value): State => {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw new TypeError('a state is an object');
  return value as State;
});

/** An empty payload deletes a retained state. */
const decode: PayloadDecoder<State> = {
  decode: (payload, message) => (payload.length === 0 ? {} : document.decode(payload, message)),
};
const options = { qos: 1, decode, latest: true } as const;
const retained = { qos: 1, retain: true, encode: document } as const;

/** The twin of a device. All subscribers share one subscription; a late one gets the present state first. */
export function twin(client: MqttClient, id: string): Observable<Twin> {
  return client.topic$([`devices/${id}/reported`, `devices/${id}/desired`], options).pipe(scan(update, unknownTwin));
}

/** The twins of all devices, each time one has changed. */
export function twins(client: MqttClient): Observable<Twin & { readonly id: string }> {
  return client.topic$(['devices/+id/reported', 'devices/+id/desired'], options).pipe(
    groupBy(({ params }) => params.id),
    mergeMap(messages$ =>
      messages$.pipe(
        scan(update, unknownTwin),
        map(state => ({ id: messages$.key, ...state })),
      ),
    ),
  );
}

/** Says what a device should be like. The broker keeps it until the device is there. */
export function desire(client: MqttClient, id: string, desired: State): Observable<PublishResult> {
  return client.publish(`devices/${id}/desired`, desired, retained);
}

/**
 * The device: reports its state, then has `apply` change what is desired and not yet so, and reports the new state. Emits each state that
 * the broker has. `apply` returns what it has changed; what it leaves out stays in the delta.
 */
export function deviceState(
  client: MqttClient,
  id: string,
  initial: State,
  apply: (delta: State) => ObservableInput<State>,
): Observable<State> {
  const report = (state: State) => client.publish(`devices/${id}/reported`, state, retained).pipe(map(() => state));
  const change = (state: State, { value: desired }: MqttMessage<State>) => {
    const delta = difference(desired, state);
    if (Object.keys(delta).length === 0) return of(state);
    return from(apply(delta)).pipe(mergeMap(changed => report({ ...state, ...changed })));
  };
  // One change at a time: the next one sees the state that this one has left.
  const changed$ = client.topic$(`devices/${id}/desired`, { qos: 1, decode }).pipe(mergeScan(change, initial, 1));
  return concat(report(initial), changed$);
}

function update(before: Twin, { topic, value }: MqttMessage<State, unknown>): Twin {
  const reported = topic.endsWith('/reported') ? value : before.reported;
  const desired = topic.endsWith('/desired') ? value : before.desired;
  return { reported, desired, delta: difference(desired, reported) };
}

/** The keys of a state that another state has not, or not with this value. */
function difference(state: State, other: State): State {
  const isDifferent = ([key, value]: [string, unknown]) => JSON.stringify(value) !== JSON.stringify(other[key]);
  return Object.fromEntries(Object.entries(state).filter(isDifferent));
}
