import { Injectable, signal } from '@angular/core';

/** The switch of the example's server: while it is off, the server ends every WebSocket and accepts none. */
@Injectable({ providedIn: 'root' })
export class Network {
  readonly #up = signal(true);
  readonly up = this.#up.asReadonly();

  constructor() {
    void this.#ask({});
  }

  switch(up: boolean): Promise<void> {
    return this.#ask({ method: 'PUT', body: JSON.stringify({ up }) });
  }

  async #ask(request: RequestInit): Promise<void> {
    const response = await fetch('network', request);
    const { up } = (await response.json()) as { up: boolean };
    this.#up.set(up);
  }
}
