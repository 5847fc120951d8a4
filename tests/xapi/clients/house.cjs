// What every client here is told of the house, and says of a learner.
"use strict";
const assert = require("node:assert/strict");
const { randomUUID } = require("node:crypto");

const given = JSON.parse(process.env.PASSAGE_CLIENT);

const VERB = "http://adlnet.gov/expapi/verbs/attempted";
const ACTIVITY = "https://elsewhere.example/activities/1";

function somebody() {
  return { objectType: "Agent", mbox: `mailto:${randomUUID()}@elsewhere.example` };
}

function attempted(actor, more) {
  return {
    id: randomUUID(),
    actor,
    verb: { id: VERB, display: { en: "attempted" } },
    object: { id: ACTIVITY, definition: { name: { en: "An attempt", fr: "Un essai" } } },
    result: { success: true, duration: "PT1M30.5S", response: "é 漢" },
    ...more,
  };
}

// A client that never answers fails here, not in the test around it.
function run(story) {
  setTimeout(() => process.exit(2), 20_000).unref();
  story().then(
    () => process.exit(0),
    (wrong) => {
      console.error(wrong && wrong.response ? JSON.stringify(wrong.response.data) : "", wrong);
      process.exit(1);
    },
  );
}

module.exports = { assert, given, VERB, ACTIVITY, somebody, attempted, run };
