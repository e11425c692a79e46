import { type Observable, type OperatorFunction, type SchedulerLike, asyncScheduler, filter, map, merge } from 'rxjs';
import type { ConnectionState, MqttError } from './library.js';
import type { Alarm } from './pipeline.js';

/** One line of the log. */
export interface News {
  /** s since the start. */
  readonly at: number;
  readonly who: string;
  readonly text: string;
  /** A further failed attempt, which the status line shows as well. */
  readonly minor: boolean;
}

export interface NewsSources {
  readonly publisher$: Observable<ConnectionState>;
  readonly consumer$: Observable<ConnectionState>;
  readonly link$: Observable<string>;
  readonly alarm$: Observable<Alarm>;
  readonly demo$: Observable<string>;
}

/** Merges the events of all sources that deserve a line, with their time. */
export function newsOf(sources: NewsSources, scheduler: SchedulerLike = asyncScheduler): Observable<News> {
  const start = scheduler.now();
  const by = (who: string) => map((text: string) => ({ who, text, minor: false }));
  return merge(
    sources.publisher$.pipe(turns('publisher')),
    sources.consumer$.pipe(turns('consumer')),
    sources.link$.pipe(by('link')),
    sources.alarm$.pipe(map(({ room, text }) => ({ who: room, text, minor: false }))),
    sources.demo$.pipe(by('demo')),
  ).pipe(map(line => ({ at: (scheduler.now() - start) / 1000, ...line })));
}

/** A 'reconnecting' announces each attempt, so 'connecting' is left out. */
const turns =
  (who: string): OperatorFunction<ConnectionState, Omit<News, 'at'>> =>
  state$ =>
    state$.pipe(
      filter(({ status }) => status !== 'connecting'),
      map(state => ({ who, text: describe(state), minor: state.status === 'reconnecting' && state.attempt > 1 })),
    );

const versions = { 3: '3.1', 4: '3.1.1', 5: '5.0' } as const;

/** Describes a state of `connection$`. */
export function describe(state: ConnectionState): string {
  switch (state.status) {
    case 'connected': {
      const session = state.connack.sessionPresent ? 'the broker kept the session' : 'a new session';
      return `connected, MQTT ${versions[state.limits.protocolVersion]}, ${session}`;
    }
    case 'reconnecting':
      return `reconnecting in ${(state.delay / 1000).toFixed(2)} s, attempt ${state.attempt}: ${reason(state.error)}`;
    case 'connecting':
      return `connecting, attempt ${state.attempt}`;
    case 'closed':
      return state.error ? `closed: ${reason(state.error)}` : 'closed';
    default:
      return state.status;
  }
}

/** Returns the code of an MqttError, and the code of the system's error if there is one. */
function reason({ code, cause }: MqttError): string {
  const system = (cause as NodeJS.ErrnoException | undefined)?.code;
  return system === undefined ? code : `${code} ${system}`;
}
