import { Injectable, computed } from '@angular/core';
import { toSignal } from '@angular/core/rxjs-interop';
import { type Observable, map, of, switchMap, takeWhile, timer } from 'rxjs';
import { injectConnection, injectMqtt } from 'rxjs-mqtt/angular';

/** The state of the client, in words. */
@Injectable({ providedIn: 'root' })
export class Connection {
  readonly #client = injectMqtt();
  readonly state = injectConnection();
  readonly connected = computed(() => this.state().status === 'connected');

  readonly words = computed(() => {
    const state = this.state();
    switch (state.status) {
      case 'idle':
        return 'Not connected';
      case 'connecting':
        return state.attempt > 1 ? `Connecting, attempt ${state.attempt}` : 'Connecting';
      case 'connected':
        return 'Connected';
      case 'reconnecting':
        return 'Reconnecting';
      case 'disconnecting':
        return 'Disconnecting';
      case 'closed':
        return 'Closed';
    }
  });

  /** Why there is no connection; it stays while the next attempt is made. */
  readonly reason = toSignal(
    this.#client.connection$.pipe(
      switchMap(state => {
        if (state.status === 'connecting') return [];
        return of('error' in state ? state.error : undefined);
      }),
    ),
  );

  /** s until the next attempt, while one is waited for. */
  readonly wait = toSignal(
    this.#client.connection$.pipe(
      switchMap(state => (state.status === 'reconnecting' ? countdown(state.delay) : of(undefined))),
    ),
  );

  readonly stats = toSignal(this.#client.stats$);

  retry(): void {
    // the state shows the outcome
    this.#client.reconnect().subscribe({ error: () => undefined });
  }
}

function countdown(delay: number): Observable<number> {
  const end = Date.now() + delay;
  return timer(0, 250).pipe(
    map(() => Math.max(0, Math.ceil((end - Date.now()) / 1000))),
    takeWhile(left => left > 0, true),
  );
}
