import {
  type MonoTypeOperatorFunction,
  type Observable,
  type OperatorFunction,
  type SchedulerLike,
  asyncScheduler,
  combineLatest,
  distinctUntilChanged,
  filter,
  groupBy,
  map,
  merge,
  mergeMap,
  scan,
  skip,
  startWith,
} from 'rxjs';
import { above, history, jumps, rollingAverage, silence } from './operators.js';
import { type Kind, type Reading, type Room, period } from './readings.js';

/** What is known of a room. */
export interface RoomView {
  readonly room: Room;
  /** °C, the average of the last readings. */
  readonly temperature: number | undefined;
  /** °C, one value a second, the oldest first. */
  readonly trend: readonly number[];
  readonly humidity: number | undefined;
  readonly power: number | undefined;
  /** Wh since the start. */
  readonly energy: number;
  readonly warm: boolean;
  /** Nothing came from this room for a while. */
  readonly silent: boolean;
}

export interface Alarm {
  readonly room: Room;
  readonly text: string;
}

/** The readings, each sensor's in order and once. Put it first: everything after it may trust its input. */
export const inOrder = (): MonoTypeOperatorFunction<Reading> => reading$ =>
  reading$.pipe(
    groupBy(({ room, kind }) => `${room}/${kind}`),
    mergeMap(sensor$ =>
      sensor$.pipe(
        // QoS 1 is "at least once". The newest reading stays, whatever comes late or again; and as that is the same object
        // as before, distinctUntilChanged() drops it.
        scan((newest, next) => (next.seq > newest.seq ? next : newest)),
        distinctUntilChanged(),
      ),
    ),
  );

/** The rooms as they are now: a new Map whenever one of them changes. */
export const roomViews =
  (scheduler: SchedulerLike = asyncScheduler): OperatorFunction<Reading, ReadonlyMap<Room, RoomView>> =>
  reading$ =>
    reading$.pipe(
      // one inner stream a room: each has averages, an alarm and a clock of its own, and a new room needs no code
      groupBy(({ room }) => room),
      mergeMap(room$ => roomView(room$.key, room$, scheduler)),
      scan((views: ReadonlyMap<Room, RoomView>, view) => new Map(views).set(view.room, view), new Map()),
    );

function roomView(room: Room, room$: Observable<Reading>, scheduler: SchedulerLike): Observable<RoomView> {
  const temperature$ = room$.pipe(only('temperature'));
  const power$ = room$.pipe(only('power'));
  // combineLatest() waits until each has a value, so each is given one: a room is shown before all its sensors have spoken. It
  // emits for each part that a reading moves; whoever draws it looks at a pace of its own (auditTime in terminal.ts).
  return combineLatest({
    temperature: temperature$.pipe(rollingAverage(5), startWith(undefined)),
    trend: temperature$.pipe(history(1000 / period, 14), startWith([])),
    humidity: room$.pipe(only('humidity'), rollingAverage(5), startWith(undefined)),
    power: power$.pipe(startWith(undefined)),
    energy: power$.pipe(
      scan((wattHours, watts) => wattHours + (watts * period) / 3_600_000, 0),
      startWith(0),
    ),
    warm: temperature$.pipe(rollingAverage(5), above(24.5, 24)),
    silent: room$.pipe(silence(1000, scheduler), startWith(false)),
  }).pipe(map(view => ({ room, ...view })));
}

/** What somebody should look at, when it begins and when it is over. */
export const alarms = (): OperatorFunction<Reading, Alarm> => reading$ =>
  reading$.pipe(
    groupBy(({ room }) => room),
    mergeMap(room$ =>
      merge(
        room$.pipe(
          only('temperature'),
          rollingAverage(5), // one odd reading is no alarm
          above(24.5, 24),
          skip(1), // that it is not warm at first is no news
          map(warm => (warm ? 'is warm, above 24.5 °C' : 'has cooled down below 24.0 °C')),
        ),
        room$.pipe(
          only('power'), // as it came: QoS 2 shows every jump, and each once
          jumps(1000),
          map(watts => `draws ${(watts / 1000).toFixed(1)} kW more`),
        ),
      ).pipe(map(text => ({ room: room$.key, text }))),
    ),
  );

const only =
  (kind: Kind): OperatorFunction<Reading, number> =>
  reading$ =>
    reading$.pipe(
      filter(reading => reading.kind === kind),
      map(({ value }) => value),
    );
