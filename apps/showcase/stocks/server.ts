/** The stock ticker: 500 simulated prices as one keyed topic, which gives a slow reader the newest of each. */
import { everyone } from '@tidewire/hub';
import { type Application, pageIn } from '../application.ts';
import { maxBars, type StocksContract, stocksContract } from './contract.ts';
import { Exchange, type ExchangeOptions, movesPerSecond } from './exchange.ts';

/** The application, on an exchange that a test may halt. */
export function stocksWith(options: Pick<ExchangeOptions, 'halted'> = {}): Application<StocksContract> {
  return {
    id: 'stocks',
    title: 'Stocks',
    summary:
      '500 simulated prices, 3,000 moves a second. Slow your connection, and see the newest price of each all the same.',
    page: pageIn(import.meta.url),
    contract: stocksContract,
    async start({ hub, onError }) {
      const exchange = new Exchange(hub, { ...options, onError: (error) => onError(error, { stage: 'stocks' }) });
      hub.topic('stocks.quotes', {
        slowReader: 'latest',
        key: ({ symbol }) => symbol,
        retain: false,
        presence: 'count',
        allow: {
          subscribe: () => {
            exchange.wake();
            return true;
          },
        },
      });
      hub.topic('stocks.bars', { history: { count: maxBars, age: '1d' } });
      hub.handle('stocks.prices', { allow: everyone }, () => exchange.prices());
      hub.handle('stocks.history', { allow: everyone }, ({ input }) => exchange.history(input));
      hub.handle('stocks.clock', { allow: everyone }, () => Date.now());
      await exchange.restore();
      return {
        figures: () => ({
          watching: exchange.readers,
          'moves a second': exchange.isOpen ? movesPerSecond : 0,
        }),
        stop: () => exchange.stop(),
      };
    },
  };
}

export const stocks: Application<StocksContract> = stocksWith();
