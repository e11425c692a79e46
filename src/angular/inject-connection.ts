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

/**
 * Returns the state of the connection as a signal. It follows `connection$` of the client, also when you open a closed client again. It
 * does not connect the client. Call it in an injection context.
 */
export function injectConnection(token: InjectionToken<MqttClient> = MQTT_CLIENT): Signal<ConnectionState> {
  assertInInjectionContext(injectConnection);
  const client = outsideOf(inject(token));
  const zone = inject(NgZone);
  const state = signal(client.connection);
  // connection$ completes after 'closed', so it is subscribed again when the client is opened again.
  const state$ = client.connection$.pipe(
    repeat({ delay: () => reopened$(client) }),
    tap(next => state.set(next)),
  );
  const subscription = zone.runOutsideAngular(() => state$.subscribe());
  inject(DestroyRef).onDestroy(() => subscription.unsubscribe());
  return state.asReadonly();
}
