// The entry points for Angular, by import and by require().
import '@angular/compiler';
import { createRequire } from 'node:module';
import { EnvironmentInjector, createEnvironmentInjector, runInInjectionContext } from '@angular/core';
import { injectMqtt } from 'rxjs-mqtt/angular';
import { provideMockMqtt } from 'rxjs-mqtt/angular/testing';

function check(injectClient, provideMock) {
  const injector = createEnvironmentInjector([provideMock()], EnvironmentInjector.NULL ?? null);
  const { status } = runInInjectionContext(injector, () => injectClient()).connection;
  if (status !== 'connected') throw new Error(status);
  injector.destroy();
}

check(injectMqtt, provideMockMqtt);
const require = createRequire(import.meta.url);
check(require('rxjs-mqtt/angular').injectMqtt, require('rxjs-mqtt/angular/testing').provideMockMqtt);
console.log('Angular: import and require work');
