type Listener = (value: unknown) => void;

/** The part of Node's EventEmitter that the parser of mqtt-packet needs here: one listener for each event. */
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
