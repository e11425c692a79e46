import { ChangeDetectionStrategy, Component, computed, inject, input, linkedSignal } from '@angular/core';
import { MqttError } from 'rxjs-mqtt';
import { Chart } from '../chart/chart';
import { Clock } from './clock';
import type { Command, Device } from './device';
import { Devices } from './devices';

/** Shows one device: its readings, and the commands to it. */
@Component({
  selector: 'app-device-panel',
  changeDetection: ChangeDetectionStrategy.OnPush,
  imports: [Chart],
  templateUrl: './device-panel.html',
  styleUrl: './device-panel.css',
})
export class DevicePanel {
  readonly device = input.required<Device>();

  readonly #devices = inject(Devices);
  readonly #clock = inject(Clock);

  protected readonly seen = computed(() => {
    const { last } = this.device();
    return last ? this.#clock.ago(last.at) : 'never';
  });

  protected readonly temperatures = computed(() =>
    this.device().history.map(({ at, temperature }) => ({ at, value: temperature })),
  );
  protected readonly humidities = computed(() =>
    this.device().history.map(({ at, humidity }) => ({ at, value: humidity })),
  );

  readonly #id = computed(() => this.device().id);

  /** The outcome of the last command to this device. */
  protected readonly answer = linkedSignal<string, { text: string; bad?: boolean } | undefined>({
    source: this.#id,
    computation: () => undefined,
  });

  protected tell(action: Command['action']): void {
    const { id, name } = this.device();
    const asked = performance.now();
    const tell = (text: string, bad = false) => {
      // the user may have selected another device meanwhile
      if (this.device().id === id) this.answer.set({ text, bad });
    };
    tell(`Asking ${name} …`);
    this.#devices.command(id, { action }).subscribe({
      next: ({ text }) => tell(`${text} (answered in ${Math.round(performance.now() - asked)} ms)`),
      error: (error: unknown) => tell(MqttError.is(error) ? error.message : String(error), true),
    });
  }
}
