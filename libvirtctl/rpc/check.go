package rpc

import (
	"fmt"

	"saffron/libvirtctl/internal/xdr"
)

// A shape reads past something in an answer, which fails if that is larger
// than the answer.
type shape func(r *xdr.Reader)

func text(r *xdr.Reader)    { r.Bytes() }
func word(r *xdr.Reader)    { r.U32() }
func maybe(r *xdr.Reader)   { r.OptString() }
func uuid(r *xdr.Reader)    { r.Fixed(16) }
func refusal(r *xdr.Reader) { r.U32(); r.U32(); r.OptString() }

// both is one thing after another.
func both(shapes ...shape) shape {
	return func(r *xdr.Reader) {
		for _, s := range shapes {
			s(r)
		}
	}
}

// many is a count and so many things, each of at least some bytes.
func many(size int, s shape) shape {
	return func(r *xdr.Reader) {
		for range r.Count(size) {
			if s(r); r.Err() != nil {
				return
			}
		}
	}
}

// param is a typed parameter.
func param(r *xdr.Reader) {
	text(r)
	switch kind := r.U32(); kind {
	case 1, 2, 6:
		word(r)
	case 3, 4, 5:
		r.U64()
	case 7:
		text(r)
	default:
		r.Fail(fmt.Sprintf("a parameter of type %d", kind))
	}
}

var (
	domain   = both(text, uuid, word)
	snapshot = both(text, domain)
	params   = many(12, param)
	words    = many(4, word)
	texts    = many(4, text)
)

// shapes are the answers of procedures that have counts and lengths, as far as
// somebody may ask for them. An answer of numbers needs no check. Source:
// libvirt's remote protocol, the results of each procedure.
var shapes = map[uint32]shape{
	20:  both(many(16, word), text),                     // DOMAIN_GET_VCPUS
	21:  texts,                                          // CONNECT_LIST_DEFINED_DOMAINS
	37:  words,                                          // CONNECT_LIST_DOMAINS
	57:  params,                                         // DOMAIN_GET_SCHEDULER_PARAMETERS
	66:  words,                                          // AUTH_LIST
	72:  texts,                                          // CONNECT_LIST_STORAGE_POOLS
	103: text,                                           // DOMAIN_BLOCK_PEEK
	104: text,                                           // DOMAIN_MEMORY_PEEK
	159: many(12, both(word, word, word)),               // DOMAIN_MEMORY_STATS
	188: texts,                                          // DOMAIN_SNAPSHOT_LIST_NAMES
	198: params,                                         // DOMAIN_GET_MEMORY_PARAMETERS
	206: params,                                         // DOMAIN_GET_BLKIO_PARAMETERS
	230: text,                                           // DOMAIN_GET_VCPU_PIN_INFO
	243: params,                                         // DOMAIN_BLOCK_STATS_FLAGS
	247: texts,                                          // DOMAIN_SNAPSHOT_LIST_CHILDREN_NAMES
	253: params,                                         // DOMAIN_GET_BLOCK_IO_TUNE
	262: params,                                         // DOMAIN_GET_CPU_STATS
	263: many(8, both(text, word)),                      // DOMAIN_GET_DISK_ERRORS
	273: many(24, domain),                               // CONNECT_LIST_ALL_DOMAINS
	274: many(28, snapshot),                             // DOMAIN_LIST_ALL_SNAPSHOTS
	275: many(28, snapshot),                             // DOMAIN_SNAPSHOT_LIST_ALL_CHILDREN
	281: many(20, both(text, uuid)),                     // CONNECT_LIST_ALL_STORAGE_POOLS
	282: many(12, both(text, text, text)),               // STORAGE_POOL_LIST_ALL_VOLUMES
	283: many(20, both(text, uuid)),                     // CONNECT_LIST_ALL_NETWORKS
	298: both(word, params),                             // DOMAIN_GET_JOB_STATS
	312: texts,                                          // CONNECT_GET_CPU_MODEL_NAMES
	344: many(28, both(domain, params)),                 // CONNECT_GET_ALL_DOMAIN_STATS
	349: many(16, both(text, text, text, texts)),        // DOMAIN_GET_FSINFO
	351: many(8, both(word, text)),                      // DOMAIN_GET_IOTHREAD_INFO
	353: many(12, both(text, maybe, many(12, address))), // DOMAIN_INTERFACE_ADDRESSES
	365: params,                                         // DOMAIN_GET_PERF_EVENTS
	371: params,                                         // DOMAIN_GET_GUEST_VCPUS
	396: params,                                         // DOMAIN_GET_LAUNCH_SECURITY_INFO
	413: many(28, snapshot),                             // DOMAIN_LIST_ALL_CHECKPOINTS
	414: many(28, snapshot),                             // DOMAIN_CHECKPOINT_LIST_ALL_CHILDREN
	418: params,                                         // DOMAIN_GET_GUEST_INFO
	426: texts,                                          // DOMAIN_GET_MESSAGES
}

func address(r *xdr.Reader) { word(r); text(r); word(r) }

// begun are procedures whose answers begin with a text, which is all that can
// be large in them: a description, or the name of something.
var begun = []uint32{
	3, 7, 10, 11, 14, 19, 22, 23, 24, 40, 41, 43, 45, 46, 47, 56, 59, 63, 67, 75, 76, 77, 84, 85, 86, 88, 93, 95, 96, 97, 99,
	100, 109, 110, 113, 114, 123, 125, 128, 129, 130, 131, 135, 136, 143, 162, 175, 176, 177, 180, 185, 186, 189, 191, 196,
	203, 235, 244, 265, 277, 297, 309, 310, 342, 350, 388, 391, 394, 397, 398, 399, 403, 409, 411, 412, 415, 416, 422, 428,
	431, 432, 437, 445,
}

func init() {
	for _, procedure := range begun {
		shapes[procedure] = text
	}
}

// checkReply checks the counts and lengths in a reply to a procedure before
// go-libvirt makes memory for them.
func checkReply(procedure, status uint32, body []byte) error {
	s := shapes[procedure]
	if status != statusOK {
		s = refusal
	}
	if s == nil {
		return nil
	}
	r := xdr.NewReader(body)
	if s(r); r.Err() != nil {
		return fmt.Errorf("rpc: the answer to procedure %d: %w", procedure, r.Err())
	}
	return nil
}
