package gateway

import (
	"fmt"

	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"

	"telagent-gateway/config"
)

// Logger returns the logger that the configuration asks for; it writes to standard error. Its level may be set later on.
func Logger(c config.Log) (*zap.Logger, *zap.AtomicLevel, error) {
	z := zap.NewProductionConfig()
	level, err := zapcore.ParseLevel(c.Level)
	if err != nil {
		return nil, nil, fmt.Errorf("log level: %w", err)
	}
	z.Level = zap.NewAtomicLevelAt(level)
	z.Sampling = nil
	z.EncoderConfig.EncodeTime = zapcore.RFC3339NanoTimeEncoder
	z.DisableStacktrace = true
	if c.Format == "console" {
		z.Encoding = "console"
	}
	log, err := z.Build()
	if err != nil {
		return nil, nil, fmt.Errorf("open the log: %w", err)
	}
	return log, &z.Level, nil
}
