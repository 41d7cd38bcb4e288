<?php
/**
 * The post itself.
 *
 * @package IGNY8
 */

// phpcs:disable WordPress.DB.DirectDatabaseQuery -- tables of our own, locks and reads in bulk: no function of WordPress does it.
// phpcs:disable WordPress.Security.EscapeOutput.ExceptionNotEscaped -- it is answered as JSON or escaped where it is shown.

/**
 * Writes a post with its meta, and reads back from the database what has become of it.
 */
class IGNY8_Post_Writer {

	/**
	 * To be added to what wp_update_post() takes, which else assigns tags with quotes or backslashes again by their
	 * names, and takes “ONeil” for “O'Neil” then: both have the slug `oneil`.
	 */
	const TAGS_AS_THEY_ARE = array( 'tags_input' => null );

	/**
	 * Payload.
	 *
	 * @var IGNY8_Payload
	 */
	private $payload;

	/**
	 * Post to update, or null.
	 *
	 * @var WP_Post|null
	 */
	private $existing;

	/**
	 * Attachment id and URL by hash.
	 *
	 * @var array<string,array<string,mixed>>
	 */
	private $images;

	/**
	 * Content as it is to be stored.
	 *
	 * @var string
	 */
	private $content;

	/**
	 * Post.
	 *
	 * @var int
	 */
	private $post_id = 0;

	/**
	 * Meta to be found again, by key.
	 *
	 * @var array<string,string>
	 */
	private $meta = array();

	/**
	 * The post's row as it was read back.
	 *
	 * @var array<string,string>
	 */
	private $stored = array();

	/**
	 * First values of the post's meta by key, as they were read back.
	 *
	 * @var array<string,string>
	 */
	private $values = array();

	/**
	 * The post's terms as they were read back.
	 *
	 * @var array<int,object>
	 */
	private $assigned_terms = array();

	/**
	 * Takes what it works with.
	 *
	 * @param IGNY8_Payload                     $payload  Payload.
	 * @param WP_Post|null                      $existing Post to update.
	 * @param array<string,array<string,mixed>> $images   Attachments.
	 * @param string                            $link     Address of the gallery post, or empty.
	 */
	public function __construct( $payload, $existing, $images, $link ) {
		$this->payload  = $payload;
		$this->existing = $existing;
		$this->images   = $images;
		$this->content  = IGNY8_Body::build( $payload, $images, $link );
	}

	/**
	 * Saves the post: a new one as a draft, a live one in place.
	 *
	 * @return int Post.
	 * @throws IGNY8_Exception When WordPress refuses.
	 */
	public function save() {
		$sent = $this->payload->post;
		$post = array(
			'post_title'   => $sent['title'],
			'post_content' => $this->content,
			'post_excerpt' => $sent['excerpt'],
			// Tells a cleanup after a crash whose post this is, from the first moment.
			'meta_input'   => array( IGNY8_Own_Meta::RUN => $this->payload->run_id ),
		);
		if ( '' !== $sent['slug'] ) {
			$post['post_name'] = sanitize_title( $sent['slug'] );
		}
		if ( '' !== $sent['parent'] ) {
			$post['post_parent'] = (int) $sent['parent'];
		}
		if ( '' !== $sent['template'] ) {
			$post['page_template'] = $sent['template'];
		}
		$author = IGNY8_Author::of( $this->payload, null === $this->existing );
		if ( 0 !== $author ) {
			$post['post_author'] = $author;
		}
		if ( null === $this->existing ) {
			$post['post_type']   = $sent['type'];
			$post['post_status'] = 'draft';
			if ( IGNY8_Product::TYPE === $sent['type'] ) {
				$post['ID'] = IGNY8_Product::insert( $post );
			}
			// The hooks for "all is saved" fire at the flip, when meta and terms are there.
			$saved = isset( $post['ID'] ) ? wp_update_post( wp_slash( $post + self::TAGS_AS_THEY_ARE ), true, false ) : wp_insert_post( wp_slash( $post ), true, false );
		} else {
			if ( $this->is_product() ) {
				IGNY8_Product::update( $this->existing->ID, $post );
			}
			$post['ID']          = $this->existing->ID;
			$post['post_status'] = 'private' === $this->existing->post_status ? 'private' : 'publish';
			if ( isset( $post['post_name'] ) ) {
				delete_post_meta( $post['ID'], '_wp_desired_post_slug' ); // Of the trash: WordPress would prefer it.
			}
			$address = IGNY8_Planned_Slug::column( $this->payload, $this->existing );
			$saved   = wp_update_post( wp_slash( array_merge( $post, $address, IGNY8_Post_Date::of_update( $this->payload, $this->existing ), self::TAGS_AS_THEY_ARE ) ), true, false );
		}
		$this->post_id = $this->post_id_of( $saved );
		return $this->post_id;
	}

	/**
	 * Writes meta, SEO fields and the featured image.
	 *
	 * @param int[] $earlier_images Attachments of the publish before this one.
	 */
	public function write_meta( $earlier_images ) {
		$relations = $this->payload->relations;
		$values    = array_merge(
			IGNY8_Seo::meta( $this->payload->seo ),
			array(
				'_igny8_content_id'  => $this->payload->content_id,
				IGNY8_Head::VERSION  => IGNY8_Head::version( $this->payload ),
				'_igny8_task_id'     => $this->payload->task_id,
				'_igny8_cluster_id'  => null === $relations['cluster'] ? '' : $relations['cluster']['id'],
				'_igny8_sector_id'   => null === $relations['sector'] ? '' : $relations['sector']['id'],
				'_igny8_keyword_ids' => implode( ',', $relations['keyword_ids'] ),
				'_thumbnail_id'      => $this->featured_id( $earlier_images ),
			)
		);
		$before    = null === $this->existing ? array() : (array) get_post_meta( $this->post_id );
		foreach ( $values as $key => $value ) {
			$this->write_value( $key, $value, $before );
		}
		if ( $this->is_product() ) {
			$this->write_value( IGNY8_Product::GALLERY, $this->product_gallery( $earlier_images ), $before );
		}
		IGNY8_Seo::write_table( $this->post_id, $this->payload->seo );
		$this->adopt_images();
		if ( null !== $this->existing ) {
			if ( 'trash' === $this->existing->post_status ) {
				delete_post_meta( $this->post_id, '_wp_trash_meta_status' );
				delete_post_meta( $this->post_id, '_wp_trash_meta_time' );
			}
			clean_post_cache( $this->post_id );
			wp_after_insert_post( $this->post_id, true, $this->existing );
			$this->refresh_product();
		}
	}

	/**
	 * Makes the draft public, or future.
	 *
	 * @param string $planned Address that the gallery post was to have, or empty.
	 * @param string $link    Address that it got.
	 * @throws IGNY8_Exception When WordPress refuses.
	 */
	public function make_public( $planned, $link ) {
		$post = array(
			'ID'          => $this->post_id,
			'post_status' => 'publish',
		);
		if ( $planned !== $link ) {
			$this->content        = IGNY8_Body::build( $this->payload, $this->images, $link );
			$post['post_content'] = $this->content;
		}
		$address = IGNY8_Planned_Slug::column( $this->payload, get_post( $this->post_id ) );
		$this->post_id_of( wp_update_post( wp_slash( array_merge( $post, $address, IGNY8_Post_Date::of( $this->payload ), self::TAGS_AS_THEY_ARE ) ), true ) );
		$this->refresh_product();
	}

	/**
	 * Reads back from the database.
	 *
	 * @param array<string,int[]> $term_ids Terms that must be assigned, by taxonomy.
	 * @return array<string,bool> The contract's readback.
	 * @throws IGNY8_Exception When something is missing.
	 */
	public function read_back( $term_ids ) {
		global $wpdb;
		$row                  = $wpdb->get_row( $wpdb->prepare( "SELECT * FROM {$wpdb->posts} WHERE ID = %d", $this->post_id ), ARRAY_A );
		$meta                 = $wpdb->get_results( $wpdb->prepare( "SELECT meta_key, meta_value FROM {$wpdb->postmeta} WHERE post_id = %d ORDER BY meta_id DESC", $this->post_id ), ARRAY_A );
		$assigned_terms       = $wpdb->get_results( $wpdb->prepare( "SELECT t.term_id, t.taxonomy FROM {$wpdb->term_relationships} r JOIN {$wpdb->term_taxonomy} t ON t.term_taxonomy_id = r.term_taxonomy_id WHERE r.object_id = %d", $this->post_id ) );
		$this->stored         = is_array( $row ) ? $row : array();
		$this->assigned_terms = $assigned_terms;
		$meta                 = array_column( $meta, 'meta_value', 'meta_key' );
		$this->values         = array_map( 'strval', $meta );
		$assigned             = array();
		foreach ( $assigned_terms as $term ) {
			$assigned[] = $term->taxonomy . ' ' . $term->term_id;
		}
		$expected = array();
		foreach ( $term_ids as $taxonomy => $ids ) {
			foreach ( $ids as $id ) {
				$expected[] = $taxonomy . ' ' . $id;
			}
		}
		$missing = array_diff_assoc( $this->meta, array_intersect_key( $meta, $this->meta ) );
		$checks  = array(
			'post'           => isset( $this->stored['ID'] ) && ( '' !== $this->stored['post_content'] || '' === $this->content ) && in_array( $this->payload->post['parent'], array( '', $this->stored['post_parent'] ), true ),
			'terms'          => array() === array_diff( $expected, $assigned ),
			'seo'            => array() === array_diff_key( $missing, array( '_thumbnail_id' => 0 ) ) && IGNY8_Seo::table_holds( $this->post_id, $this->payload->seo ),
			'featured_image' => ! isset( $missing['_thumbnail_id'] ),
		);
		if ( in_array( false, $checks, true ) ) {
			throw new IGNY8_Exception(
				'READBACK_FAILED',
				__( 'WordPress did not store everything: another plugin may have changed it while saving.', 'igny8' ),
				500,
				'commit',
				array(
					'missing' => array_keys( $checks, false, true ),
					'meta'    => array_keys( $missing ),
				),
				true
			);
		}
		unset( $checks['post'] );
		return array_merge(
			array(
				'title'   => $this->stored['post_title'] === $this->payload->post['title'],
				'content' => $this->stored['post_content'] === $this->content,
				'excerpt' => $this->stored['post_excerpt'] === $this->payload->post['excerpt'],
			),
			$checks,
			array( 'date' => '' === $this->payload->post['date_gmt'] || $this->stored['post_date_gmt'] === $this->payload->post['date_gmt'] )
		);
	}

	/**
	 * The part of the contract's result that the post itself tells; after read_back().
	 *
	 * @return array<string,mixed>
	 */
	public function describe() {
		clean_post_cache( $this->post_id );
		$read = array( (object) $this->stored );
		update_post_cache( $read );
		$post     = get_post( $this->post_id );
		$featured = isset( $this->values['_thumbnail_id'] ) ? (int) $this->values['_thumbnail_id'] : 0;
		$date     = get_post_datetime( $post, 'date', 'gmt' );
		$featured = $featured > 0 ? wp_get_attachment_url( $featured ) : false;
		$builder  = null === $this->existing ? null : IGNY8_Visibility::builder( $post->ID );
		$row      = IGNY8_Post_Rows::of( (object) $this->stored, $this->values, $this->assigned_terms, $this->payload->run_id );
		return IGNY8_Post_Item::marks( $row ) + array(
			'post_id'            => $post->ID,
			'post_type'          => $post->post_type,
			'slug'               => $this->stored['post_name'],
			'permalink'          => (string) get_permalink( $post ),
			'edit_url'           => admin_url( 'post.php?post=' . $post->ID . '&action=edit' ),
			'post_status'        => $post->post_status,
			'post_date_utc'      => false === $date ? null : $date->setTimezone( new DateTimeZone( 'UTC' ) )->format( 'Y-m-d\TH:i:s\Z' ),
			'post_date_site'     => false === $date ? null : $date->format( 'Y-m-d\TH:i:sP' ),
			'site_timezone'      => wp_timezone_string(),
			'featured_image_url' => false === $featured ? null : $featured,
			'page_builder'       => null === $builder ? null : $builder[0],
			'text_changed'       => null === $this->existing || $this->existing->post_content !== $this->stored['post_content'],
			'stored'             => IGNY8_Post_Item::small_fields( $row ) + $this->changed_texts(),
		);
	}

	/**
	 * Texts that are not stored as they were sent: another plugin or a filter changed them.
	 *
	 * @return array<string,string>
	 */
	private function changed_texts() {
		$sent   = array(
			'title'   => $this->payload->post['title'],
			'content' => $this->content,
			'excerpt' => $this->payload->post['excerpt'],
		);
		$stored = array(
			'title'   => $this->stored['post_title'],
			'content' => $this->stored['post_content'],
			'excerpt' => $this->stored['post_excerpt'],
		);
		return array_diff_assoc( $stored, $sent );
	}

	/**
	 * Writes one meta value, or takes it away.
	 *
	 * @param string                 $key    Key.
	 * @param string                 $value  Value; empty for none.
	 * @param array<string,string[]> $before All meta before.
	 */
	private function write_value( $key, $value, $before ) {
		$old = isset( $before[ $key ][0] ) ? $before[ $key ][0] : '';
		if ( '' !== $value ) {
			$this->meta[ $key ] = $value;
			if ( null === $this->existing ) {
				add_post_meta( $this->post_id, $key, wp_slash( $value ) );
			} elseif ( $old !== $value ) {
				update_post_meta( $this->post_id, $key, wp_slash( $value ) );
			}
			return;
		}
		if ( '' !== $old && IGNY8_Seo::is_ours( $key, $old, $before ) ) {
			delete_post_meta( $this->post_id, $key );
		}
	}

	/**
	 * The featured image to be: ours, or one that was set in WordPress.
	 *
	 * @param int[] $earlier_images Attachments of the publish before this one.
	 * @return string Attachment id, or empty for none.
	 */
	private function featured_id( $earlier_images ) {
		foreach ( $this->payload->images as $image ) {
			if ( 'featured' === $image['role'] ) {
				return (string) $this->images[ $image['sha256'] ]['attachment_id'];
			}
		}
		$current_id = null === $this->existing ? '' : (string) get_post_meta( $this->existing->ID, '_thumbnail_id', true );
		return in_array( (int) $current_id, $earlier_images, true ) ? '' : $current_id;
	}

	/**
	 * Whether the post is a product.
	 *
	 * @return bool
	 */
	private function is_product() {
		return IGNY8_Product::TYPE === ( null === $this->existing ? $this->payload->post['type'] : $this->existing->post_type ) && IGNY8_Product::available();
	}

	/**
	 * Tells WooCommerce what was written.
	 */
	private function refresh_product() {
		if ( $this->is_product() ) {
			IGNY8_Product::refresh( $this->post_id );
		}
	}

	/**
	 * The images of a product: ours, and those that were added in WordPress.
	 *
	 * @param int[] $earlier_images Attachments of the publish before this one.
	 * @return string Attachment ids, with commas.
	 */
	private function product_gallery( $earlier_images ) {
		$ids = array();
		foreach ( $this->payload->gallery->shown as $image ) {
			$ids[] = $this->images[ $image['sha256'] ]['attachment_id'];
		}
		$current_ids = null === $this->existing ? array() : wp_parse_id_list( (string) get_post_meta( $this->existing->ID, IGNY8_Product::GALLERY, true ) );
		return implode( ',', array_unique( array_merge( $ids, array_diff( $current_ids, $earlier_images ) ) ) );
	}

	/**
	 * Shows new attachments under their post in the media library.
	 */
	private function adopt_images() {
		global $wpdb;
		$ids = array_map( 'intval', array_column( $this->images, 'attachment_id' ) );
		if ( array() !== $ids ) {
			$wpdb->query( $wpdb->prepare( "UPDATE {$wpdb->posts} SET post_parent = %d WHERE post_type = 'attachment' AND post_parent = 0 AND ID IN (" . implode( ',', $ids ) . ')', $this->post_id ) ); // phpcs:ignore WordPress.DB.PreparedSQL.NotPrepared
		}
	}

	/**
	 * The id, or the error.
	 *
	 * @param int|WP_Error $saved What WordPress answered.
	 * @return int
	 * @throws IGNY8_Exception When it is an error.
	 */
	private function post_id_of( $saved ) {
		if ( is_int( $saved ) && $saved > 0 ) {
			return $saved;
		}
		$database = is_wp_error( $saved ) && in_array( $saved->get_error_code(), array( 'db_insert_error', 'db_update_error' ), true );
		/* translators: %s: reason. */
		$message = trim( sprintf( __( 'WordPress did not save the post. %s', 'igny8' ), is_wp_error( $saved ) ? $saved->get_error_message() : '' ) );
		throw new IGNY8_Exception( $database ? 'DATABASE_ERROR' : 'POST_FAILED', $message, 500, null, array(), $database );
	}
}
