/* api: what a node shows to the world: JSON-RPC over HTTP and WebSocket, REST, static files, metrics, and the door for
 * provers. docs/api.md lists what is beyond zkSync 1.x.
 *
 *   http_server, ws_server -> rpc.c  -> rpc_*.c  \
 *                          -> rest.c -> rest_*.c  > json_*.c (answers from the store)
 *
 * Reads come from the store alone, so that any number of API processes can stand beside one sequencer. Submissions go
 * to node/admission.h. Nothing else is written, but what provers bring (node/proof_jobs.h).
 * Threads   api_start and api_stop by one thread. */
#ifndef ZK_API_API_H
#define ZK_API_API_H

#include "api/http.h"
#include "rollup/types.h"

struct api;
struct admission;
struct events;
struct node;
struct node_part;
struct proof_jobs;

struct api_config {
    const char *database; /* as store_open takes it */
    const char *host;
    uint16_t rpc_port, ws_port, rest_port; /* 0: a free one */
    uint16_t web3_port;                    /* 0: only as /web3 on the REST port */
    unsigned threads;                      /* of each HTTP server; 0: one a processor */
    struct http_limits limits;
    size_t bodies;         /* bytes of all requests being read or handled, on all ports */
    size_t answers;        /* bytes of all answers that are not taken yet */
    size_t answer_max;     /* bytes of the answer to one JSON-RPC text */
    unsigned batch_ms;     /* work for one JSON-RPC text */
    unsigned client_share; /* what one address may hold of what all share, in percent */
    size_t rest_body;      /* bytes of a body on the REST port; limits.body is that of JSON-RPC */
    unsigned ws_connections;
    unsigned listeners; /* subscriptions in all; of one connection a sixteenth */
    unsigned forget_s;  /* subscriptions to transactions that nobody knows */
    unsigned streams;   /* pages that follow /events */
    const char *client_header;
    const char *ports_file;        /* where to write the ports in use; NULL: nowhere */
    struct proof_jobs *proof_jobs; /* NULL: no door for provers */
    const char *prover_token;      /* what they must show; NULL: nothing */

    uint64_t chain_id;
    eth_address contract, governance;
    eth_address nft_factory; /* of NFTs whose creators have none of their own */
    uint64_t confirmations;  /* before a deposit counts */
    unsigned block_slots;    /* of the largest block that the sequencer makes: what a batch must fit into */
    const char *l1_url;      /* development chains: where POST /dev/l1 goes; NULL: nowhere */
    const char *dev_file;    /* JSON that /dev answers with; NULL: 404 */
    const char *state_dir;   /* snapshots, for Merkle proofs; NULL: proofs are refused */

    struct admission *admission; /* NULL: submissions are refused as disabled */
    struct events *events;       /* NULL: changes are found by looking */
    bool (*ready)(void *ctx);    /* NULL: always */
    void *ready_ctx;
};

/* Defaults for one machine: loopback, ports 3030, 3031 and 3001, 1,000 connections, 5 MiB bodies. On loopback, and with
 * a client_header, limits.connections_per_ip does not count connections, which are a proxy's then, but requests under
 * way of one client, if a client_header names it. */
struct api_config api_config_default(void);

/* Texts are copied; admission and events are borrowed until api_stop. ZK_ERR_IO: a port is taken, the database does not
 * open. ZK_ERR_RANGE, ZK_ERR_MEMORY. */
ZK_MUST_USE zk_err api_start(struct api **out, const struct api_config *config);

/* Closes the doors, waits until all that is under way is answered (submissions of WebSockets too, though their
 * connections are gone by then), ends all threads. NULL is allowed. Admission must still run. */
void api_stop(struct api *api);

struct api_ports {
    uint16_t rpc, ws, rest;
};
struct api_ports api_ports_of(const struct api *api);

#endif
