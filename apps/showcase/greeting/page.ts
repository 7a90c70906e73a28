/** The page that greets: each of its parts is brought to life by a module of its own. */
import { startComparison } from './comparison.ts';
import { showHandshake } from './handshake-view.ts';
import { showLiveFigures } from './live-figures.ts';

showLiveFigures();
startComparison();
void showHandshake();
