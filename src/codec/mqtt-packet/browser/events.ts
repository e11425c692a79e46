type Listener = (value: unknown) => void;

/** As much of Node's EventEmitter as the parser of mqtt-packet is used for: one listener an event. */
export class EventEmitter {
  readonly #listeners = new Map<string, Listener>();

  on(event: string, listener: Listener): this {
    this.#listeners.set(event, listener);
    return this;
  }

  emit(event: string, value: unknown): void {
    this.#listeners.get(event)?.(value);
  }
}
