import { Component, signal } from '@angular/core';
import { json } from 'rxjs-mqtt';
import { topicResource } from 'rxjs-mqtt/angular';

@Component({
  selector: 'app-battery',
  template: `
    @switch (battery.status()) {
      @case ('loading') {
        <p>Waiting</p>
      }
      @case ('error') {
        <p>{{ battery.error()?.message }}</p>
      }
      @default {
        <p>{{ battery.value()?.value }} %</p>
      }
    }
    <button type="button" (click)="battery.reload()">Reload</button>
  `,
})
export class Battery {
  readonly id = signal('1');
  readonly battery = topicResource(() => `devices/${this.id()}/battery`, { decode: json<number>() });
}
