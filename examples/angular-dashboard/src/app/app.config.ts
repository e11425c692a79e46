import {
  type ApplicationConfig,
  DOCUMENT,
  inject,
  provideBrowserGlobalErrorListeners,
  provideZonelessChangeDetection,
} from '@angular/core';
import { provideMqtt } from 'rxjs-mqtt/angular';

export const appConfig: ApplicationConfig = {
  providers: [
    provideBrowserGlobalErrorListeners(),
    provideZonelessChangeDetection(),
    provideMqtt(() => ({
      // ws: for http:, wss: for https:
      url: new URL('mqtt', inject(DOCUMENT).baseURI.replace(/^http/, 'ws')).href,
      options: {
        keepalive: 5,
        pingTimeout: 3000,
        connectTimeout: 5000,
        // there is one page and not a fleet, so the delays need no jitter
        reconnect: { initial: 2000, max: 15_000, jitter: 'none' },
      },
    })),
  ],
};
