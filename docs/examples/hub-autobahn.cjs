/** AutobahnJS, another project's WAMP client, on a router that is open to everybody. */
const autobahn = require('autobahn');

exports.meet = async (url, show) => {
  const connection = new autobahn.Connection({ url, realm: 'realm1' });
  connection.onopen = async (session) => {
    await session.subscribe('com.example.tide', ([metres]) => {
      show(`tide: ${metres}`);
      connection.close();
    });
    await session.register('com.example.add', ([a, b]) => a + b);
    show(`2 + 40 = ${await session.call('com.example.add', [2, 40])}`);
    session.publish('com.example.tide', [4.2], {}, { exclude_me: false });
  };
  const closed = new Promise((resolve) => {
    connection.onclose = resolve;
  });
  connection.open();
  await closed;
};
