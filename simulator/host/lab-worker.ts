/** A worker thread that holds labs: answers the requests that `worker-pool.ts` sends it. */
import { getHeapStatistics } from "node:v8";
import { parentPort, workerData } from "node:worker_threads";
import { ControlRefusal } from "./control-api.ts";
import { errorText } from "./error-text.ts";
import { LocalLabHouse } from "./lab-house.ts";
import type {
  WorkerAnswer,
  WorkerAwake,
  WorkerData,
  WorkerLogLine,
  WorkerPulse,
  WorkerRequest,
  WorkerUnknownCommand,
} from "./worker-protocol.ts";

const port = parentPort;
if (!port) throw new Error("lab-worker.ts runs as a worker thread");

const { directory, sleepAfterMs } = workerData as WorkerData;

const house = new LocalLabHouse({
  directory,
  ...(sleepAfterMs !== undefined && { sleepAfterMs }),
  onAwake: (lab, awake) => port.postMessage({ lab, awake } satisfies WorkerAwake),
  log: {
    unknownCommand: (lab, name) => port.postMessage({ unknown: name, lab } satisfies WorkerUnknownCommand),
    info: (message) => port.postMessage({ log: "info", message } satisfies WorkerLogLine),
    error: (message, error) =>
      port.postMessage({
        log: "error",
        message: `${message}: ${errorText(error)}`,
      } satisfies WorkerLogLine),
  },
});

// A program in somebody's shell that forgot a promise must not end the labs of everybody else in this thread.
process.on("unhandledRejection", (reason) =>
  port.postMessage({
    log: "error",
    message: `a promise was forgotten: ${errorText(reason)}`,
  } satisfies WorkerLogLine),
);

port.on("message", (request: WorkerRequest) => {
  void answer(request).then(
    (value) => port.postMessage({ id: request.id, value } satisfies WorkerAnswer),
    (error: unknown) => {
      const message = error instanceof Error ? error.message : String(error);
      const status = error instanceof ControlRefusal ? error.status : undefined;
      port.postMessage({
        id: request.id,
        error: { message, ...(status !== undefined && { status }) },
      } satisfies WorkerAnswer);
    },
  );
});

async function answer(request: WorkerRequest): Promise<unknown> {
  switch (request.verb) {
    case "create":
      return house.create(request.lab);
    case "describe":
      return house.describe(request.lab);
    case "remove":
      return house.remove(request.lab);
    case "stop":
      return house.stop();
    case "pulse":
      return pulse();
    case "notice":
      return house.notice(request.lab);
    case "sleep":
      return house.sleep(request.lab);
    case "giveUp":
      return house.giveUp(request.lab);
    case "copy":
      return house.copy(request.lab, request.to);
    case "addresses":
      return house.addresses(request.lab);
    case "restorePoints":
      return house.restorePoints(request.lab);
    case "change":
      return house.change(request.lab, request.change);
    case "saveStage":
      return house.saveStage(request.hash, request.lab);
    case "state":
      return house.control(request.lab).state();
    case "setLink":
      return house.control(request.lab).setLink(request.between, request.change);
    case "setPower":
      return house.control(request.lab).setPower(request.node, request.change);
    case "happen":
      return house.control(request.lab).happen(request.event);
    case "clock":
      return house.control(request.lab).clock();
    case "setClock":
      return house.control(request.lab).setClock(request.change);
    case "advance":
      return house.control(request.lab).advance(request.ms);
  }
}

function pulse(): WorkerPulse {
  const heap = getHeapStatistics();
  return { heapBytes: heap.used_heap_size, externalBytes: heap.external_memory };
}
