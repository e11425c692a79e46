import type { Observable } from 'rxjs';
import type { Ledger } from './ledger.js';
import type { ConnectionState } from './library.js';
import { type News, describe } from './news.js';
import type { RoomView } from './pipeline.js';
import { type Room, rooms } from './readings.js';
import type { Style } from './style.js';
import { table } from './table.js';

/** What there is to see, as streams. */
export interface Streams {
  readonly title: string;
  /** '7 s of 15'. */
  readonly clock$: Observable<string>;
  readonly publisher$: Observable<ConnectionState>;
  readonly consumer$: Observable<ConnectionState>;
  readonly rooms$: Observable<ReadonlyMap<Room, RoomView>>;
  readonly news$: Observable<News>;
  readonly ledger$: Observable<Ledger>;
}

/** The same at one moment. */
export interface Snapshot {
  readonly title: string;
  readonly clock: string;
  readonly publisher: ConnectionState;
  readonly consumer: ConnectionState;
  readonly rooms: ReadonlyMap<Room, RoomView>;
  readonly news: readonly News[];
  readonly ledger: Ledger;
}

export const newsShown = 7;
/** The lines of the frame that the final table replaces. */
export const tableHeight = 5;

/** The screen, always of the same height: what moves is the figures, not the lines. */
export function frame(seen: Snapshot, style: Style): string[] {
  const { bold, dim } = style;
  const news = seen.news.map(line => ` ${newsLine(line, style)}`);
  return [
    ` ${bold('rxjs-mqtt')}  ${seen.title.padEnd(52).slice(0, 52)}${seen.clock.padStart(16)}`,
    '',
    ` publisher  ${status(seen.publisher, style)}`,
    ` consumer   ${status(seen.consumer, style)}`,
    '',
    dim(' room       temperature   humidity      power     energy   temperature so far'),
    ...rooms.map(room => roomLine(room, seen.rooms.get(room), style)),
    '',
    ...news,
    ...Array<string>(newsShown - news.length).fill(''),
    '',
    ...table(seen.ledger, 'open').map((line, index) => (index === 0 ? dim(line) : line)),
  ];
}

function status(state: ConnectionState, { green, yellow, red }: Style): string {
  const text = describe(state);
  if (state.status === 'connected') return `${green('●')} ${text}`;
  return state.status === 'closed' ? `${red('○')} ${text}` : `${yellow('○')} ${yellow(text)}`;
}

/** ` 5.0 s  link       is cut ...`, for the log and for plain lines. */
export const newsLine = ({ at, who, text }: News, { dim }: Style) =>
  `${dim(`${at.toFixed(1).padStart(5)} s`)}  ${who.padEnd(10)} ${text}`;

function roomLine(room: Room, view: RoomView | undefined, { dim, red }: Style): string {
  if (view === undefined) return dim(` ${room}`);
  const temperature = figure(view.temperature, 1, '°C', 12);
  const trend = view.silent ? `${sparkline(view.trend)} silent` : sparkline(view.trend);
  const rest = `${figures(view)}   ${trend}`;
  const line = ` ${room.padEnd(10)}${view.warm && !view.silent ? red(temperature) : temperature}${rest}`;
  return view.silent ? dim(line) : line;
}

const figures = ({ humidity, power, energy }: RoomView) =>
  figure(humidity, 0, '%', 11) + figure(power, 0, 'W', 11) + figure(energy, 2, 'Wh', 11);

/** For plain lines. */
export const roomText = (view: RoomView) => `${figure(view.temperature, 1, '°C', 8)}${figures(view)}`;

const figure = (value: number | undefined, digits: number, unit: string, width: number) =>
  (value === undefined ? '-' : `${value.toFixed(digits)} ${unit}`).padStart(width);

const bars = '▁▂▃▄▅▆▇█';
/** Of a fixed scale, 16 to 26 °C, so that a bar once drawn keeps its height. */
const sparkline = (values: readonly number[]) =>
  values.map(value => bars[Math.min(7, Math.max(0, Math.floor(((value - 16) / 10) * 8)))]).join('');
