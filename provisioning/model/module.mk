LIBS += model
model_DIR  := provisioning/model
model_SRCS := catalogue.c country.c evidence.c firmware.c hardening.c lint.c lint_more.c lint_one.c merge.c merge_arena.c merge_builtin.c merge_expand.c model_family.c \
	phone.c site.c source.c tunnel_url.c way.c weak.c xml_element.c
model_USES := base
model_PKGS :=
model_EMBED := settings.catalogue
