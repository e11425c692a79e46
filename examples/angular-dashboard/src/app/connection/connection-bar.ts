import { ChangeDetectionStrategy, Component, computed, inject } from '@angular/core';
import { Connection } from './connection';
import { Network } from './network';

@Component({
  selector: 'app-connection-bar',
  changeDetection: ChangeDetectionStrategy.OnPush,
  templateUrl: './connection-bar.html',
  styleUrl: './connection-bar.css',
})
export class ConnectionBar {
  protected readonly connection = inject(Connection);
  protected readonly network = inject(Network);

  protected readonly tone = computed(() => {
    const { status } = this.connection.state();
    if (status === 'connected') return 'good';
    return status === 'closed' ? 'bad' : 'busy';
  });

  /** Tries again immediately when the network is back, whatever the backoff says. */
  protected async switchNetwork(up: boolean): Promise<void> {
    await this.network.switch(up);
    if (up && !this.connection.connected()) this.connection.retry();
  }

  protected readonly version = computed(() => {
    const state = this.connection.state();
    if (state.status !== 'connected') return '';
    return { 3: 'MQTT 3.1', 4: 'MQTT 3.1.1', 5: 'MQTT 5.0' }[state.limits.protocolVersion];
  });
}
