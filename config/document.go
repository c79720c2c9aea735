package config

import (
	"errors"
	"fmt"
	"strings"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/lexer"
	"github.com/goccy/go-yaml/parser"
	"github.com/goccy/go-yaml/token"
)

// Limits on what is read: a directory of thousands of agents fits well, a hostile upload does not.
const (
	maxBytes = 8 << 20
	maxLine  = 4096
	maxDepth = 32
)

// kind is what a node of the file is.
type kind uint8

const (
	nothing kind = iota // a key without a value, or ~
	scalar
	list
	mapping
)

func (k kind) String() string {
	return [...]string{"nothing", "a single value", "a list", "a mapping of keys to values"}[k]
}

// node is a piece of the file with its line: a small tree of our own, so that the parser's types stay in this file.
type node struct {
	line int
	kind kind
	text string  // of a scalar, as written: 0471 stays 0471
	list []*node // of a list
	keys []entry // of a mapping, in the file's order
}

type entry struct {
	line  int
	key   string
	value *node
}

// parse reads one YAML document. The error is a Complaints.
func parse(file string, data []byte) (root *node, err error) {
	defer func() {
		if recover() != nil { // the parser is not ours and the bytes may come from anybody
			root, err = nil, Complaints{{File: file, What: "this cannot be read as YAML; keep to plain keys, lists and values"}}
		}
	}()
	if c := tooBig(file, data); c != nil {
		return nil, c
	}
	tokens := lexer.Tokenize(string(data))
	if c := tooDeep(file, tokens); c != nil {
		return nil, c
	}
	tree, err := parser.Parse(tokens, 0, parser.AllowDuplicateMapKey()) // the decoder says it better
	if err != nil {
		return nil, Complaints{syntax(file, err)}
	}
	b := builder{file: file}
	root = &node{line: 1}
	for i, doc := range tree.Docs {
		if i > 0 && doc.Body != nil {
			b.complain(lineOf(doc.Body), "a second document begins; put everything into one, without ---")
			break
		}
		root = b.node(doc.Body, 1)
	}
	return root, b.wrong.orNil()
}

func tooBig(file string, data []byte) Complaints {
	if len(data) > maxBytes {
		return Complaints{{File: file, What: fmt.Sprintf("the file has %d bytes; at most %d are read", len(data), maxBytes)}}
	}
	number := 0
	for line := range strings.Lines(string(data)) {
		number++
		if len(line) > maxLine {
			return Complaints{{file, number, fmt.Sprintf("the line has %d bytes; at most %d are read", len(line), maxLine)}}
		}
	}
	return nil
}

func tooDeep(file string, tokens token.Tokens) Complaints {
	depth := 0
	for _, t := range tokens {
		switch t.Type {
		case token.SequenceStartType, token.MappingStartType:
			depth++
		case token.SequenceEndType, token.MappingEndType:
			depth--
		default:
		}
		if depth > maxDepth {
			return Complaints{{file, t.Position.Line, fmt.Sprintf("brackets are nested more than %d deep; nothing here needs that", maxDepth)}}
		}
	}
	return nil
}

func syntax(file string, err error) Complaint {
	var y yaml.Error
	if !errors.As(err, &y) || y.GetToken() == nil || y.GetToken().Position == nil {
		return Complaint{File: file, What: "not YAML: " + firstLine(err.Error())}
	}
	what := "not YAML: " + firstLine(y.GetMessage())
	if strings.Contains(what, "cannot start any token") && strings.ContainsRune(what, '\t') {
		what = "a tab stands where only spaces may; indent with spaces"
	}
	return Complaint{file, y.GetToken().Position.Line, what}
}

func firstLine(s string) string {
	s, _, _ = strings.Cut(s, "\n")
	return s
}

// builder turns the parser's tree into ours and notes what we do not take.
type builder struct {
	file  string
	wrong Complaints
}

func (b *builder) complain(line int, what string) {
	b.wrong = append(b.wrong, Complaint{b.file, line, what})
}

func (b *builder) node(from ast.Node, depth int) *node {
	n := &node{line: lineOf(from)}
	if depth > maxDepth {
		b.complain(n.line, fmt.Sprintf("nested more than %d deep; nothing here needs that", maxDepth))
		return n
	}
	switch from := from.(type) {
	case nil, *ast.NullNode, *ast.CommentGroupNode:
	case *ast.MappingNode:
		n.kind = mapping
		for _, v := range from.Values {
			b.entry(n, v, depth)
		}
	case *ast.MappingValueNode:
		n.kind = mapping
		b.entry(n, from, depth)
	case *ast.SequenceNode:
		n.kind = list
		for _, v := range from.Values {
			n.list = append(n.list, b.node(v, depth+1))
		}
	case *ast.StringNode:
		n.kind, n.text = scalar, from.Value
	case *ast.LiteralNode:
		n.kind, n.text = scalar, from.Value.Value
	case *ast.IntegerNode, *ast.FloatNode, *ast.BoolNode, *ast.InfinityNode, *ast.NanNode:
		n.kind, n.text = scalar, from.GetToken().Value
	case *ast.AnchorNode, *ast.AliasNode, *ast.TagNode:
		b.complain(n.line, "anchors (&), aliases (*) and tags (!) are not read; write the value itself, in quotes if it begins with such a sign")
	default:
		b.complain(n.line, "this kind of YAML is not read; use plain keys, lists and values")
	}
	return n
}

func (b *builder) entry(n *node, v *ast.MappingValueNode, depth int) {
	line := lineOf(v.Key)
	var key string
	switch k := v.Key.(type) {
	case *ast.StringNode:
		key = k.Value
	case *ast.IntegerNode, *ast.FloatNode, *ast.BoolNode, *ast.NullNode:
		key = k.GetToken().Value
	default:
		b.complain(line, "this kind of key (?, <<) is not read; write key: value")
		return
	}
	value := b.node(v.Value, depth+1)
	if value.line == 0 {
		value.line = line
	}
	n.keys = append(n.keys, entry{line, key, value})
}

func lineOf(n ast.Node) int {
	if n == nil || n.GetToken() == nil || n.GetToken().Position == nil {
		return 0
	}
	return n.GetToken().Position.Line
}
