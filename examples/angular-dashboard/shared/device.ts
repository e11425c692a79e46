/** The messages from and to devices, for both sides. This file imports nothing from Angular, the client or Node. */

/** `devices/<id>/info`, retained. */
export interface DeviceInfo {
  readonly name: string;
  readonly place: string;
  readonly model: string;
}

/** `devices/<id>/telemetry`, retained, once a second. */
export interface Telemetry {
  /** ms since 1970. */
  readonly at: number;
  /** °C. */
  readonly temperature: number;
  /** %. */
  readonly humidity: number;
  /** %. */
  readonly battery: number;
  readonly vent: 'open' | 'closed';
}

/** A request to `devices/<id>/command`. */
export type Command = { readonly action: 'open-vent' | 'close-vent' | 'blink' | 'restart' };

export interface CommandReply {
  readonly text: string;
}

export function parseInfo(value: unknown): DeviceInfo {
  const { name, place, model } = fieldsOf(value);
  return { name: string(name), place: string(place), model: string(model) };
}

export function parseTelemetry(value: unknown): Telemetry {
  const { at, temperature, humidity, battery, vent } = fieldsOf(value);
  return {
    at: number(at),
    temperature: number(temperature),
    humidity: number(humidity),
    battery: number(battery),
    vent: vent === 'open' ? 'open' : 'closed',
  };
}

const actions: readonly unknown[] = ['open-vent', 'close-vent', 'blink', 'restart'];

export function parseCommand(value: unknown): Command {
  const { action } = fieldsOf(value);
  if (!actions.includes(action)) throw new TypeError(`not a command: ${JSON.stringify(value)}`);
  return { action: action as Command['action'] };
}

export function parseReply(value: unknown): CommandReply {
  return { text: string(fieldsOf(value)['text']) };
}

function fieldsOf(value: unknown): Readonly<Record<string, unknown>> {
  if (typeof value !== 'object' || value === null) throw new TypeError(`not an object: ${JSON.stringify(value)}`);
  return value as Record<string, unknown>;
}

function string(value: unknown): string {
  if (typeof value !== 'string') throw new TypeError(`not a string: ${JSON.stringify(value)}`);
  return value;
}

function number(value: unknown): number {
  if (typeof value !== 'number' || !Number.isFinite(value))
    throw new TypeError(`not a number: ${JSON.stringify(value)}`);
  return value;
}
