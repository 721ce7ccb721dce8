package mainchan

import (
	"saffron/channels/msgtable"
	"saffron/spice/wire"
)

// Message types from the server (SPICE_MSG_MAIN_*).
const (
	MsgMigrateBegin           = 101
	MsgMigrateCancel          = 102
	MsgInit                   = 103
	MsgChannelsList           = 104
	MsgMouseMode              = 105
	MsgMediaTime              = 106
	MsgAgentConnected         = 107
	MsgAgentDisconnected      = 108
	MsgAgentData              = 109
	MsgAgentToken             = 110
	MsgMigrateSwitchHost      = 111
	MsgMigrateEnd             = 112
	MsgName                   = 113
	MsgUUID                   = 114
	MsgAgentConnectedTokens   = 115
	MsgMigrateBeginSeamless   = 116
	MsgMigrateDstSeamlessAck  = 117
	MsgMigrateDstSeamlessNack = 118
)

// Message types from the client (SPICE_MSGC_MAIN_*).
const (
	MsgcClientInfo               = 101
	MsgcMigrateConnected         = 102
	MsgcMigrateConnectError      = 103
	MsgcAttachChannels           = 104
	MsgcMouseModeRequest         = 105
	MsgcAgentStart               = 106
	MsgcAgentData                = 107
	MsgcAgentToken               = 108
	MsgcMigrateEnd               = 109
	MsgcMigrateDstDoSeamless     = 110
	MsgcMigrateConnectedSeamless = 111
	MsgcQualityIndicator         = 112
)

// Messages are all messages of the channel.
var Messages = msgtable.Table{
	{Type: MsgMigrateBegin, Name: "migrate_begin", FromServer: true, New: func() wire.Message { return new(DstInfo) }},
	{Type: MsgMigrateCancel, Name: "migrate_cancel", FromServer: true, New: msgtable.NewEmpty},
	{Type: MsgInit, Name: "init", FromServer: true, New: func() wire.Message { return new(Init) }},
	{Type: MsgChannelsList, Name: "channels_list", FromServer: true, New: func() wire.Message { return new(ChannelsList) }},
	{Type: MsgMouseMode, Name: "mouse_mode", FromServer: true, New: func() wire.Message { return new(MouseMode) }},
	{Type: MsgMediaTime, Name: "multi_media_time", FromServer: true, New: func() wire.Message { return new(MediaTime) }},
	{Type: MsgAgentConnected, Name: "agent_connected", FromServer: true, New: msgtable.NewEmpty},
	{Type: MsgAgentDisconnected, Name: "agent_disconnected", FromServer: true, New: func() wire.Message { return new(AgentDisconnected) }},
	{Type: MsgAgentData, Name: "agent_data", FromServer: true, New: func() wire.Message { return new(AgentData) }},
	{Type: MsgAgentToken, Name: "agent_token", FromServer: true, New: func() wire.Message { return new(AgentTokens) }},
	{Type: MsgMigrateSwitchHost, Name: "migrate_switch_host", FromServer: true, New: func() wire.Message { return new(DstInfo) }},
	{Type: MsgMigrateEnd, Name: "migrate_end", FromServer: true, New: msgtable.NewEmpty},
	{Type: MsgName, Name: "name", FromServer: true, New: func() wire.Message { return new(Name) }},
	{Type: MsgUUID, Name: "uuid", FromServer: true, New: func() wire.Message { return new(UUID) }},
	{Type: MsgAgentConnectedTokens, Name: "agent_connected_tokens", FromServer: true, New: func() wire.Message { return new(AgentTokens) }},
	{Type: MsgMigrateBeginSeamless, Name: "migrate_begin_seamless", FromServer: true, New: func() wire.Message { return new(MigrateBeginSeamless) }},
	{Type: MsgMigrateDstSeamlessAck, Name: "migrate_dst_seamless_ack", FromServer: true, New: msgtable.NewEmpty},
	{Type: MsgMigrateDstSeamlessNack, Name: "migrate_dst_seamless_nack", FromServer: true, New: msgtable.NewEmpty},

	{Type: MsgcClientInfo, Name: "client_info", New: func() wire.Message { return new(ClientInfo) }},
	{Type: MsgcMigrateConnected, Name: "migrate_connected", New: msgtable.NewEmpty},
	{Type: MsgcMigrateConnectError, Name: "migrate_connect_error", New: msgtable.NewEmpty},
	{Type: MsgcAttachChannels, Name: "attach_channels", New: msgtable.NewEmpty},
	{Type: MsgcMouseModeRequest, Name: "mouse_mode_request", New: func() wire.Message { return new(MouseModeRequest) }},
	{Type: MsgcAgentStart, Name: "agent_start", New: func() wire.Message { return new(AgentTokens) }},
	{Type: MsgcAgentData, Name: "agent_data", New: func() wire.Message { return new(AgentData) }},
	{Type: MsgcAgentToken, Name: "agent_token", New: func() wire.Message { return new(AgentTokens) }},
	{Type: MsgcMigrateEnd, Name: "migrate_end", New: msgtable.NewEmpty},
	{Type: MsgcMigrateDstDoSeamless, Name: "migrate_dst_do_seamless", New: func() wire.Message { return new(MigrateDstDoSeamless) }},
	{Type: MsgcMigrateConnectedSeamless, Name: "migrate_connected_seamless", New: msgtable.NewEmpty},
	{Type: MsgcQualityIndicator, Name: "quality_indicator", New: func() wire.Message { return new(QualityIndicator) }},
}
