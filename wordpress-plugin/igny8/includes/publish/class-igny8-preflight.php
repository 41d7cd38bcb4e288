<?php
/**
 * Step 1.
 *
 * @package IGNY8
 */

// phpcs:disable WordPress.Security.EscapeOutput.ExceptionNotEscaped -- it is answered as JSON or escaped where it is shown.

/**
 * Finds all that would stop a publish, at once, and changes nothing.
 */
class IGNY8_Preflight extends IGNY8_Findings {

	const ALWAYS_FILTERED = false;

	/**
	 * What is published: a post or a term.
	 */
	const KIND = 'post';

	/**
	 * Payload.
	 *
	 * @var IGNY8_Payload
	 */
	protected $payload;

	/**
	 * Connection.
	 *
	 * @var array<string,mixed>
	 */
	protected $connection;

	/**
	 * The post that would be updated, or null.
	 *
	 * @var WP_Post|null
	 */
	public $existing;

	/**
	 * Payload hash of the post as it was published last.
	 *
	 * @var string
	 */
	protected $existing_hash = '';

	/**
	 * Looks at what there is.
	 *
	 * @param IGNY8_Payload            $payload    Payload.
	 * @param array<string,mixed>      $connection Connection.
	 * @param array<string,mixed>|null $row        Claim row.
	 */
	public function __construct( $payload, $connection, $row ) {
		$this->payload       = $payload;
		$this->connection    = $connection;
		$this->existing_hash = null === $row || 0 === $row['post_id'] ? '' : $row['payload_hash'];
		$existing            = new IGNY8_Existing_Post( $payload, $row );
		$this->existing      = $existing->stored_post;
		if ( null !== $existing->problem ) {
			$this->problem( ...$existing->problem );
		}
	}

	/**
	 * Raises when something stands in the way.
	 *
	 * @throws IGNY8_Exception With all problems.
	 */
	public function check() {
		if ( IGNY8_Connection::is_clone( $this->connection ) ) {
			$this->problem( 'SITE_CLONED', '', IGNY8_Connection::clone_error( $this->connection )->getMessage(), __( 'Paste a connection key of its own in this site, or publish to the original.', 'igny8' ) );
		}
		$this->check_texts();
		$are_held = $this->check_characters();
		if ( $this->check_type() ) {
			$this->check_user();
			$this->check_place();
			$this->check_address();
			if ( $are_held ) {
				$this->check_terms(); // It asks the tables for the names.
			}
		}
		$this->check_author();
		$this->check_images();
		$this->check_seo();
		$this->refuse_problems();
	}

	/**
	 * Raises when what would be updated is not what the app knew.
	 *
	 * @param array<string,mixed>|null $row Claim row.
	 * @throws IGNY8_Exception When it is not.
	 */
	public function refuse_edited( $row ) {
		( new IGNY8_Base( $this->payload, $row ) )->refuse_edited_post( $this->existing );
	}

	/**
	 * The contract's result.
	 *
	 * @return array<string,mixed>
	 */
	public function result() {
		$known_images = array();
		foreach ( IGNY8_Media::find( $this->payload->hashes() ) as $hash => $id ) {
			$known_images[ $hash ] = array(
				'attachment_id' => $id,
				'url'           => (string) wp_get_attachment_url( $id ),
			);
		}
		$existing = null;
		if ( null !== $this->existing ) {
			$existing = array(
				'post_id'      => $this->existing->ID,
				'permalink'    => (string) get_permalink( $this->existing ),
				'payload_hash' => $this->existing_hash,
			);
		}
		$this->check_tables();
		$this->check_visibility();
		$gallery = $this->payload->gallery;
		return array(
			'known_images' => (object) $known_images,
			'existing'     => $existing,
			'gallery'      => array(
				'limit'    => (int) IGNY8_Settings::get()['gallery_limit'],
				'overflow' => IGNY8_Settings::get()['gallery_overflow'],
				'skipped'  => array_column( $gallery->skipped, 'sha256' ),
			),
			'warnings'     => $this->warnings(),
		);
	}

	/**
	 * Whether what would be updated is without text, too.
	 *
	 * @return bool
	 */
	protected function is_stored_empty() {
		return null !== $this->existing && ! IGNY8_Body::has_visible_content( $this->existing->post_content );
	}

	/**
	 * Title and content.
	 */
	private function check_texts() {
		$untitled = $this->existing instanceof WP_Post && '' === trim( $this->existing->post_title );
		if ( IGNY8_Body::is_blank( wp_strip_all_tags( $this->payload->post['title'] ) ) && ! $untitled ) {
			$this->problem( 'TITLE_EMPTY', 'post.title', __( 'The title is empty.', 'igny8' ), __( 'Write a title.', 'igny8' ) );
		}
		$content = $this->payload->post['content'];
		if ( ! IGNY8_Body::has_visible_content( $content ) && ! $this->is_stored_empty() ) {
			$this->problem( 'CONTENT_EMPTY', 'post.content', __( 'The content is empty.', 'igny8' ), __( 'Write the content first.', 'igny8' ) );
		}
		$local = IGNY8_Address_Check::non_public_addresses( $content . "\n" . ( isset( $this->payload->post['excerpt'] ) ? $this->payload->post['excerpt'] : '' ), (string) $this->connection['app'] );
		if ( array() !== $local ) {
			/* translators: %s: list of addresses. */
			$message = sprintf( __( 'Visitors cannot open an address in the text: %s.', 'igny8' ), implode( ', ', array_slice( $local, 0, 5 ) ) );
			$this->problem( 'ADDRESS_NOT_PUBLIC', 'post.content', $message, __( 'Remove it in the editor of the app. Pictures are uploaded there.', 'igny8' ) );
		}
		// While images wait for their address they stand behind a scheme that kses does not know.
		$html = str_replace( IGNY8_Body::PLACEHOLDER, 'https://', $content );
		$lost = IGNY8_Html_Check::stripped_parts( $html, static::ALWAYS_FILTERED );
		if ( array() !== $lost ) {
			/* translators: %s: list of tags and attributes. */
			$message = sprintf( __( 'WordPress would remove parts of the content because its user may not post them: %s.', 'igny8' ), implode( ', ', array_slice( $lost, 0, 10 ) ) );
			$cure    = __( 'Take them out of the content, or choose an administrator as the acting user in Settings, IGNY8.', 'igny8' );
			$this->problem( 'HTML_WOULD_BE_STRIPPED', 'post.content', $message, $cure, array( 'diff' => IGNY8_Html_Check::diff( $html ) ) );
		}
	}

	/**
	 * Characters that the tables cannot hold.
	 *
	 * @return bool Whether there are none.
	 */
	private function check_characters() {
		$lost = IGNY8_Charset_Check::unsupported( $this->payload );
		foreach ( $lost as $field => $characters ) {
			/* translators: 1: name of a field, as in "Title"; 2: list of characters. */
			$message = sprintf( __( '%1$s: the tables of this WordPress cannot hold these characters: %2$s', 'igny8' ), IGNY8_Charset_Check::label( $field ), implode( ' ', array_slice( $characters, 0, 20 ) ) );
			$this->problem( 'CHARACTERS_NOT_HELD', $field, $message, __( 'Take them out, or have your host convert the tables of WordPress to utf8mb4.', 'igny8' ), array( 'characters' => $characters ) );
		}
		return array() === $lost;
	}

	/**
	 * What visitors may be shown instead of the text.
	 */
	private function check_visibility() {
		$status = null === $this->existing ? null : IGNY8_Visibility::status_warning( $this->existing );
		if ( null !== $status ) {
			$this->warn( $status[0], $status[1] );
		}
		$builder = null === $this->existing ? '' : IGNY8_Visibility::builder_warning( $this->existing->ID );
		if ( '' !== $builder ) {
			$this->warn( 'PAGE_BUILDER', $builder, 'post.content' );
		}
		$coming_soon = IGNY8_Visibility::coming_soon( $this->payload->post['type'], $this->payload->post['taxonomy'] );
		if ( '' !== $coming_soon ) {
			$this->warn( 'COMING_SOON', $coming_soon );
		}
		if ( '0' === (string) get_option( 'blog_public' ) ) {
			$this->warn( 'SITE_NOINDEX', __( 'WordPress asks search engines not to list this site: Settings, Reading, “Discourage search engines from indexing this site”.', 'igny8' ) );
		}
	}

	/**
	 * Post type.
	 *
	 * @return bool Whether it can be published to.
	 */
	protected function check_type() {
		$type = $this->payload->post['type'];
		if ( IGNY8_Product::TYPE === $type && ! IGNY8_Product::available() ) {
			$this->problem( 'PRODUCT_WITHOUT_WOOCOMMERCE', 'post.type', __( 'This site has no shop: WooCommerce is not active.', 'igny8' ), __( 'Activate WooCommerce, or make this content an article or a page.', 'igny8' ) );
			return false;
		}
		if ( ! in_array( $type, IGNY8_Content_Types::enabled(), true ) || ! post_type_exists( $type ) ) {
			/* translators: %s: post type. */
			$this->problem( 'POST_TYPE_DISABLED', 'post.type', sprintf( __( 'Publishing the post type “%s” is not enabled on this site.', 'igny8' ), $type ), __( 'Enable it in Settings, IGNY8.', 'igny8' ) );
			return false;
		}
		if ( null !== $this->existing && $this->existing->post_type !== $type ) {
			/* translators: %s: post type. */
			$this->warn( 'POST_TYPE_KEPT', sprintf( __( 'The post is a “%s” in WordPress and stays one.', 'igny8' ), $this->existing->post_type ) );
		}
		return true;
	}

	/**
	 * What the acting user may do.
	 */
	private function check_user() {
		$type    = get_post_type_object( $this->payload->post['type'] );
		$allowed = is_user_logged_in() && current_user_can( $type->cap->publish_posts )
			&& ( null === $this->existing ? current_user_can( $type->cap->create_posts ) : current_user_can( 'edit_post', $this->existing->ID ) )
			&& ( array() === $this->payload->images || current_user_can( 'upload_files' ) );
		if ( ! $allowed ) {
			$this->problem( 'USER_NOT_ALLOWED', '', __( 'The WordPress user that IGNY8 acts as may not publish this.', 'igny8' ), __( 'Choose another acting user in Settings, IGNY8: at least an editor.', 'igny8' ) );
		}
	}

	/**
	 * Parent and template.
	 */
	private function check_place() {
		$type            = null === $this->existing ? $this->payload->post['type'] : $this->existing->post_type;
		$sent            = $this->payload->post;
		$has_parent      = ! in_array( $sent['parent'], array( '', '0' ), true );
		$parent          = $has_parent ? get_post( (int) $sent['parent'] ) : null;
		$is_below_itself = null !== $this->existing && null !== $parent && ( $parent->ID === $this->existing->ID || in_array( $this->existing->ID, get_post_ancestors( $parent ), true ) );
		if ( $has_parent && ( null === $parent || $parent->post_type !== $type || 'trash' === $parent->post_status || ! is_post_type_hierarchical( $type ) || $is_below_itself ) ) {
			$this->problem( 'PARENT_UNKNOWN', 'post.parent', __( 'The page that this one is to stand below is not there, is of another type, or stands below it.', 'igny8' ), __( 'Choose another parent page, or none; publish the parent first.', 'igny8' ) );
		}
		if ( ! in_array( $sent['template'], array( '', 'default' ), true ) && ! isset( IGNY8_Status::templates( $type )[ $sent['template'] ] ) ) {
			/* translators: %s: file name of a template. */
			$this->problem( 'TEMPLATE_UNKNOWN', 'post.template', sprintf( __( 'The theme has no template “%s” for this post type.', 'igny8' ), $sent['template'] ), __( 'Choose another template: the theme may have changed.', 'igny8' ) );
		}
	}

	/**
	 * Whose the address is that the post would get.
	 */
	protected function check_address() {
		if ( in_array( 'PARENT_UNKNOWN', array_column( $this->problems, 'code' ), true ) ) {
			return; // Then it has none.
		}
		$address = new IGNY8_Planned_Slug( $this->payload, $this->existing );
		if ( null === $address->holder ) {
			if ( '' !== $address->link && IGNY8_Address_Holder::is_reserved( $address->link ) ) {
				/* translators: %s: address. */
				$this->warn( 'SLUG_RESERVED', sprintf( __( 'At %s the web server or WordPress itself may answer: visitors may not be shown the post there.', 'igny8' ), rawurldecode( $address->link ) ), 'post.slug' );
			}
			$sent = sanitize_title( $this->payload->post['slug'] );
			if ( '' !== $sent && '' !== $address->slug && $sent !== $address->slug ) {
				/* translators: 1: slug, 2: slug with a number. */
				$this->warn( 'ADDRESS_NUMBERED', sprintf( __( 'WordPress makes “%2$s” of the slug “%1$s”: something else has it, or it is a word or date of WordPress’s own.', 'igny8' ), rawurldecode( $sent ), rawurldecode( $address->slug ) ), 'post.slug' );
			}
			return;
		}
		if ( $address->is_chosen ) {
			$this->problem( 'ADDRESS_TAKEN', 'post.slug', IGNY8_Address_Holder::message( $address->holder ), IGNY8_Address_Holder::cure(), $address->holder );
		} else {
			/* translators: 1: slug, 2: title of a post, 3: address. */
			$this->warn( 'ADDRESS_NUMBERED', sprintf( __( 'The address ends in “%1$s”: “%2$s” has %3$s.', 'igny8' ), rawurldecode( $address->free_slug() ), $address->holder['title'], rawurldecode( $address->holder['permalink'] ) ), 'post.slug' );
		}
	}

	/**
	 * Taxonomies, and whether terms may be assigned and made.
	 */
	private function check_terms() {
		$type     = null === $this->existing ? $this->payload->post['type'] : $this->existing->post_type;
		$may_make = (bool) IGNY8_Settings::get()['auto_create_terms'];
		$missing  = ( new IGNY8_Term_Finder( $this->payload->terms ) )->missing( $this->payload->terms, $may_make );
		foreach ( $this->payload->terms as $term ) {
			$field    = 'terms.' . $term['ref'];
			$taxonomy = get_taxonomy( $term['taxonomy'] );
			if ( false === $taxonomy || ! is_object_in_taxonomy( $type, $term['taxonomy'] ) || '' === trim( $term['name'] . $term['slug'] ) ) {
				/* translators: 1: term, 2: taxonomy. */
				$this->problem( 'TAXONOMY_UNKNOWN', $field, sprintf( __( 'The term “%1$s” cannot be assigned: the taxonomy “%2$s” does not exist for this post type.', 'igny8' ), $term['name'], $term['taxonomy'] ), __( 'Choose a taxonomy of this site for the term.', 'igny8' ) );
				continue;
			}
			if ( $term['orphan'] ) {
				/* translators: %s: term. */
				$this->problem( 'TERM_PARENT_UNKNOWN', $field, sprintf( __( 'The parent of the term “%s” is not among the terms, or stands below it.', 'igny8' ), $term['name'] ), __( 'Choose another parent for the term, or none.', 'igny8' ) );
			}
			$is_missing = in_array( $term, $missing, true );
			$make       = $taxonomy->hierarchical ? $taxonomy->cap->edit_terms : $taxonomy->cap->assign_terms;
			if ( ! current_user_can( $taxonomy->cap->assign_terms ) || ( $is_missing && $may_make && ! current_user_can( $make ) ) ) {
				/* translators: %s: term. */
				$this->problem( 'USER_NOT_ALLOWED', $field, sprintf( __( 'The WordPress user that IGNY8 acts as may not make the term “%s”.', 'igny8' ), $term['name'] ), __( 'Make the term in WordPress, or choose another acting user in Settings, IGNY8.', 'igny8' ) );
			} elseif ( $is_missing && ! $may_make && $term['assign'] ) {
				$this->note_unresolved( $term, $field );
			}
		}
	}

	/**
	 * A term that is not there, on a site that wants none made.
	 *
	 * @param array<string,mixed> $term  Term of the payload.
	 * @param string              $field Field.
	 */
	private function note_unresolved( $term, $field ) {
		$name = '' === $term['name'] ? $term['slug'] : $term['name'];
		if ( 'category' !== $term['taxonomy'] ) {
			/* translators: %s: term. */
			$this->warn( 'TERM_UNRESOLVED', sprintf( __( 'The term “%s” does not exist in WordPress, where terms are not made automatically: it is left out.', 'igny8' ), $name ), $field );
		} elseif ( 0 !== IGNY8_Settings::fallback_category() ) {
			/* translators: 1: term, 2: fallback category. */
			$this->warn( 'TERM_FALLBACK', sprintf( __( 'The category “%1$s” does not exist in WordPress: the post goes to “%2$s”.', 'igny8' ), $name, wp_specialchars_decode( (string) get_term_field( 'name', IGNY8_Settings::fallback_category(), 'category', 'raw' ), ENT_QUOTES ) ), $field );
		} else {
			/* translators: %s: term. */
			$this->problem( 'TERM_UNRESOLVED', $field, sprintf( __( 'The category “%s” does not exist in WordPress, which may not make it and has no fallback category.', 'igny8' ), $name ), __( 'Make the category in WordPress, or let IGNY8 create terms, or choose a fallback category in Settings, IGNY8.', 'igny8' ) );
		}
	}

	/**
	 * Author.
	 */
	protected function check_author() {
		$email = $this->payload->post['author_email'];
		if ( '' === $email ) {
			return;
		}
		$author  = IGNY8_Author::by_email( $email );
		$default = null === $this->existing ? IGNY8_Settings::default_author() : null;
		if ( null === $author && null !== $default ) {
			/* translators: 1: e-mail address, 2: name of a user. */
			$this->warn( 'AUTHOR_DEFAULTED', sprintf( __( 'No author of this site has the address %1$s: the author will be %2$s.', 'igny8' ), $email, $default->display_name ), 'post.author_email' );
			$author = $default;
		}
		if ( null === $author ) {
			/* translators: %s: e-mail address. */
			$this->problem( 'AUTHOR_UNKNOWN', 'post.author_email', sprintf( __( 'No author of this site has the address %s.', 'igny8' ), $email ), __( 'Choose another author, or add this one in WordPress with a role that may write.', 'igny8' ) );
		} elseif ( get_current_user_id() !== $author->ID && ! current_user_can( 'edit_others_posts' ) ) {
			$this->problem( 'USER_NOT_ALLOWED', 'post.author_email', __( 'The WordPress user that IGNY8 acts as may not publish for other authors.', 'igny8' ), __( 'Choose another acting user in Settings, IGNY8: at least an editor.', 'igny8' ) );
		}
	}

	/**
	 * Images, as far as they can be judged before they come.
	 */
	private function check_images() {
		$maximum = wp_max_upload_size();
		foreach ( $this->payload->images as $index => $image ) {
			if ( ! in_array( $image['file']['mime'], IGNY8_Media::types(), true ) ) {
				/* translators: 1: file name, 2: media type. */
				$this->problem( 'IMAGE_TYPE_REFUSED', "images.$index", sprintf( __( 'The image %1$s is of the type %2$s, which this site does not take.', 'igny8' ), $image['filename'], $image['file']['mime'] ), __( 'Use JPEG, PNG, GIF or WebP.', 'igny8' ) );
			}
			if ( $image['file']['size'] > $maximum ) {
				/* translators: 1: file name, 2: size. */
				$this->problem( 'IMAGE_TOO_LARGE', "images.$index", sprintf( __( 'The image %1$s is larger than the %2$s that this server takes.', 'igny8' ), $image['filename'], size_format( $maximum ) ), __( 'Make the image smaller, or raise upload_max_filesize and post_max_size in PHP.', 'igny8' ) );
			}
		}
		if ( array() !== $this->payload->images && ! IGNY8_Media::can_store() ) {
			$this->problem( 'UPLOADS_NOT_WRITABLE', 'images', __( 'WordPress cannot write to its uploads folder.', 'igny8' ), __( 'Give the web server the right to write to wp-content/uploads.', 'igny8' ) );
		}
		$this->check_gallery();
		preg_match_all( '/' . preg_quote( IGNY8_Body::PLACEHOLDER, '/' ) . '([0-9a-f]*)/', $this->payload->post['content'], $matches );
		if ( array() !== array_diff( $matches[1], $this->payload->hashes() ) ) {
			$this->problem( 'IMAGE_MISSING', 'post.content', __( 'The content shows an image that is not among its images.', 'igny8' ), __( 'Take the image out of the content, or add it again.', 'igny8' ) );
		}
	}

	/**
	 * What becomes of images over the gallery's limit.
	 */
	protected function check_gallery() {
		$gallery = $this->payload->gallery;
		$limit   = (int) IGNY8_Settings::get()['gallery_limit'];
		if ( array() !== $gallery->skipped ) {
			/* translators: 1: number of images in a gallery, 2: number of images that are left out. */
			$this->warn( 'GALLERY_OVER_LIMIT', sprintf( __( 'This site shows at most %1$d images in a gallery: %2$d are left out.', 'igny8' ), $limit, count( $gallery->skipped ) ), 'images' );
		} elseif ( array() !== $gallery->overflow ) {
			/* translators: 1: number of images in a gallery, 2: number of images that go to a post of their own. */
			$this->warn( 'GALLERY_OVER_LIMIT', sprintf( __( 'This site shows at most %1$d images in a gallery: %2$d go to a gallery post of their own.', 'igny8' ), $limit, count( $gallery->overflow ) ), 'images' );
			$type = get_post_type_object( 'page' === $this->payload->post['type'] ? 'page' : 'post' );
			if ( ! current_user_can( $type->cap->publish_posts ) ) {
				$this->problem( 'USER_NOT_ALLOWED', 'images', __( 'The WordPress user that IGNY8 acts as may not publish the gallery post.', 'igny8' ), __( 'Choose another acting user in Settings, IGNY8: at least an editor.', 'igny8' ) );
			}
		} elseif ( $gallery->is_grid ) {
			/* translators: 1: number of images in a gallery, 2: number of images. */
			$this->warn( 'GALLERY_OVER_LIMIT', sprintf( __( 'This site shows at most %1$d images in a gallery: all %2$d are shown as a grid.', 'igny8' ), $limit, count( $gallery->shown ) ), 'images' );
		}
	}

	/**
	 * What becomes of the SEO fields.
	 */
	private function check_seo() {
		$outcome = new IGNY8_Seo_Outcome( $this->payload->seo, static::KIND );
		foreach ( $outcome->findings() as $finding ) {
			if ( isset( $finding['cure'] ) ) {
				$this->problem( $finding['code'], $finding['field'], $finding['message'], $finding['cure'] );
			} else {
				$this->warn( $finding['code'], $finding['message'], $finding['field'] );
			}
		}
	}

	/**
	 * Tables that cannot roll back: then a failure is undone step by step.
	 */
	private function check_tables() {
		$tables = IGNY8_Status::not_innodb();
		if ( array() !== $tables ) {
			/* translators: %s: names of tables. */
			$this->warn( 'TABLES_NOT_INNODB', sprintf( __( 'These tables are not InnoDB and cannot roll back; a publish that fails is undone step by step: %s. Ask your host to convert them.', 'igny8' ), implode( ', ', $tables ) ) );
		}
	}
}
