import { ChangeDetectionStrategy, Component, computed, inject, signal } from '@angular/core';
import { ConnectionBar } from './connection/connection-bar';
import { Connection } from './connection/connection';
import { DeviceList } from './devices/device-list';
import { DevicePanel } from './devices/device-panel';
import { Devices } from './devices/devices';
import { PublishForm } from './publish/publish-form';
import { ThemeToggle } from './theme/theme-toggle';

@Component({
  selector: 'app-root',
  changeDetection: ChangeDetectionStrategy.OnPush,
  imports: [ConnectionBar, DeviceList, DevicePanel, PublishForm, ThemeToggle],
  templateUrl: './app.html',
  styleUrl: './app.css',
})
export class App {
  readonly #devices = inject(Devices);
  readonly #chosen = signal<string | undefined>(undefined);
  protected readonly connected = inject(Connection).connected;

  /** The selected device, or else the first one. */
  protected readonly device = computed(() => {
    const all = this.#devices.all();
    return all.find(({ id }) => id === this.#chosen()) ?? all.find(({ online }) => online);
  });

  protected choose(id: string | undefined): void {
    this.#chosen.set(id);
  }
}
