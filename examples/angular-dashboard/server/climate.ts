import type { Telemetry } from '../shared/device.js';

/** Simulates the air around one device: it varies around its mean, and an open vent moves it towards the air outside. */
export class Climate {
  vent: Telemetry['vent'] = 'closed';
  readonly #mean: { readonly temperature: number; readonly humidity: number };
  #temperature: number;
  #humidity: number;
  #battery: number;
  #phase = Math.random() * 2 * Math.PI;

  constructor(start: { temperature: number; humidity: number; battery: number }) {
    this.#mean = start;
    this.#temperature = start.temperature;
    this.#humidity = start.humidity;
    this.#battery = start.battery;
  }

  /** One second later. */
  next(): Telemetry {
    this.#phase += 0.21;
    const open = this.vent === 'open';
    const temperature = open ? this.#mean.temperature - 4 : this.#mean.temperature;
    const humidity = open ? this.#mean.humidity * 0.8 : this.#mean.humidity;
    this.#temperature += (temperature - this.#temperature) * 0.12 + Math.sin(this.#phase) * 0.09 + noise(0.12);
    this.#humidity += (humidity - this.#humidity) * 0.1 + Math.cos(this.#phase * 0.7) * 0.3 + noise(0.4);
    this.#battery = Math.max(1, this.#battery - 0.002);
    return {
      at: Date.now(),
      temperature: round(this.#temperature),
      humidity: round(Math.min(100, Math.max(0, this.#humidity))),
      battery: Math.round(this.#battery),
      vent: this.vent,
    };
  }
}

const noise = (size: number): number => (Math.random() * 2 - 1) * size;
const round = (value: number): number => Math.round(value * 100) / 100;
