/** The news ticker: an editor publishes and corrects, readers watch. The rules are in newsroom.ts. */
import { type Application, pageIn } from '../application.ts';
import { type NewsContract, newsContract } from './contract.ts';
import { openNewsroom } from './newsroom.ts';

export const news: Application<NewsContract> = {
  id: 'news',
  title: 'News',
  summary: 'An editor publishes and corrects headlines. Who comes gets the latest, who comes back what was missed.',
  page: pageIn(import.meta.url),
  contract: newsContract,
  async start({ hub }) {
    const newsroom = await openNewsroom(hub);
    return {
      figures: () => ({ readers: newsroom.readers, 'at the desk': newsroom.desk.editor?.name ?? 'nobody' }),
    };
  },
};
