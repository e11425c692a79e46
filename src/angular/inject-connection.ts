import {
  DestroyRef,
  type InjectionToken,
  NgZone,
  type Signal,
  assertInInjectionContext,
  inject,
  signal,
} from '@angular/core';
import { repeat, tap } from 'rxjs';
import type { MqttClient } from '../client/mqtt-client.js';
import { reopened$ } from '../client/lifecycle/connection-states.js';
import type { ConnectionState } from '../state.js';
import { MQTT_CLIENT } from './mqtt-client-token.js';
import { outsideOf } from './zoned-client.js';

/** The state of the connection, as a signal: `connection$` of the client, across a close too. It connects nothing. Runs in an injection context. */
export function injectConnection(token: InjectionToken<MqttClient> = MQTT_CLIENT): Signal<ConnectionState> {
  assertInInjectionContext(injectConnection);
  const client = outsideOf(inject(token));
  const zone = inject(NgZone);
  const state = signal(client.connection);
  // connection$ completes with 'closed'
  const state$ = client.connection$.pipe(
    repeat({ delay: () => reopened$(client) }),
    tap(next => state.set(next)),
  );
  const subscription = zone.runOutsideAngular(() => state$.subscribe());
  inject(DestroyRef).onDestroy(() => subscription.unsubscribe());
  return state.asReadonly();
}
